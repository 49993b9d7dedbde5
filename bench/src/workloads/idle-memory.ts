import type { Answered, Contender } from '../contender.js'
import { topicNames } from '../traffic/topic-names.js'
import type { IdleStar } from '../ways/idle-topics.js'
import { startStopwatch } from './stopwatch.js'
import { usedBytes } from './used-bytes.js'

const CONNECTIONS = 4

/**
 * Bytes that a topic takes on a connection, beside those that it takes once: what the memory of a process grows by when the
 * topics that it is in come to four connections more.
 */
export function idleMemory(stars: IdleStar): Contender {
  return {
    async answer(topics) {
      const stop = startStopwatch()
      let spokes = 0
      let onall: (answered: Answered) => void = () => undefined
      const finished = new Promise<Answered>(resolve => {
        onall = resolve
      })
      const port = await stars(topicNames(topics)).listen(CONNECTIONS + 1, () => {
        spokes++
        if (spokes === CONNECTIONS + 1) onall(stop())
      })
      return { port, finished }
    },

    async drive(port, topics) {
      const hub = await stars(topicNames(topics)).dial(port, CONNECTIONS + 1)
      const stop = startStopwatch()
      await hub.take()
      const before = await usedBytes()
      for (let connection = 0; connection < CONNECTIONS; connection++) await hub.take()
      const bytes = (await usedBytes()) - before
      const { cpuSeconds } = stop()
      hub.close()
      return { perOperation: bytes / CONNECTIONS / topics, cpuSeconds }
    }
  }
}
