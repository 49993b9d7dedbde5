import type { Answered, Contender } from '../contender.js'
import { topicNames } from '../traffic/topic-names.js'
import type { PassingEnd } from '../ways/passing-topics.js'
import type { Way } from '../ways/way.js'
import { startStopwatch } from './stopwatch.js'
import { usedBytes } from './used-bytes.js'

/** Topics that come and go before anything is measured, so that what is there once is there. */
const WARM_UP = 200
/** That are there at a time. */
const AT_ONCE = 100

/** Bytes that a topic leaves behind on a connection, when both ends have joined it, said something in it, and left it. */
export function leftMemory(way: Way<PassingEnd>): Contender {
  return {
    async answer(topics) {
      const stop = startStopwatch()
      let onall: (answered: Answered) => void = () => undefined
      const finished = new Promise<Answered>(resolve => {
        onall = resolve
      })
      const port = await way.listen(end => {
        void end.echo(topicNames(WARM_UP + topics)).then(() => onall(stop()))
      })
      return { port, finished }
    },

    async drive(port, topics) {
      const end = await way.dial(port)
      const names = topicNames(WARM_UP + topics)
      const stop = startStopwatch()
      const pass = async (from: number, to: number) => {
        for (let at = from; at < to; at += AT_ONCE) await end.pass(names.slice(at, at + AT_ONCE))
      }
      await pass(0, WARM_UP)
      const before = await usedBytes()
      await pass(WARM_UP, names.length)
      const bytes = (await usedBytes()) - before
      const { cpuSeconds } = stop()
      end.close()
      // What the process gave back meanwhile is no less than nothing of a topic.
      return { perOperation: Math.max(0, bytes / topics), cpuSeconds }
    }
  }
}
