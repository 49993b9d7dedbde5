import type { Answered, Contender } from '../contender.js'
import { topicNames } from '../traffic/topic-names.js'
import type { TopicsEnd, Way } from '../ways/way.js'
import { startStopwatch } from './stopwatch.js'

const HELLO = Buffer.from('hello')

/**
 * Both ends of a fresh connection join the same topics: from the first until a message on the last has come back, which
 * it does only if the ends agree on which topic is which. Work is what counts: the system sends small packets at once.
 */
export function joinTopics(way: Way<TopicsEnd>): Contender {
  return {
    async answer(operations) {
      let onend: (end: TopicsEnd) => void = () => undefined
      const finished = new Promise<Answered>(resolve => {
        onend = end => {
          end.keepNothingBack()
          const stop = startStopwatch()
          const send = end.join(topicNames(operations), message => {
            send(message)
            resolve(stop())
          })
        }
      })
      return { port: await way.listen(onend), finished }
    },

    async drive(port, operations) {
      const end = await way.dial(port)
      end.keepNothingBack()
      const names = topicNames(operations)
      const stop = startStopwatch()
      await new Promise<void>(resolve => {
        const send = end.join(names, () => resolve())
        send(HELLO)
      })
      const { seconds, cpuSeconds } = stop()
      end.close()
      return { perOperation: seconds / operations, cpuSeconds }
    }
  }
}
