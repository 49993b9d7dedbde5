import type { Answered, Contender } from '../contender.js'
import { topicNames } from '../traffic/topic-names.js'
import type { TopicsEnd, Way } from '../ways/way.js'
import { startStopwatch } from './stopwatch.js'

/** How often, for the mean: a number that grows may need a byte more at some time. */
const MORE = 5
const JOIN = Buffer.from('join')
const STAY = Buffer.from('stay')

/**
 * Bytes that an end sends when both join one topic more than they are in: those of joining it and of a message there and back on it, less
 * those of the same messages without joining anything.
 */
export function oneMoreTopic(way: Way<TopicsEnd>): Contender {
  return {
    async answer(topics) {
      let onend: (end: TopicsEnd) => void = () => undefined
      const finished = new Promise<Answered>(resolve => {
        onend = end => {
          const stop = startStopwatch()
          let joined = 0
          const send = end.join(topicNames(topics), message => {
            if (message.equals(JOIN)) {
              const echo = end.join([oneMore(joined)], hello => echo(hello))
              joined++
            }
            send(message)
            if (joined === MORE) resolve(stop())
          })
        }
      })
      return { port: await way.listen(onend), finished }
    },

    async drive(port, topics) {
      const end = await way.dial(port)
      const stop = startStopwatch()
      const echoes = new Echoes()
      const ask = end.join(topicNames(topics), echoes.arrived)
      let bytes = 0
      await echoes.of(ask, STAY)
      for (let joined = 0; joined < MORE; joined++) {
        const start = end.wireBytes()
        await echoes.of(ask, JOIN)
        const say = end.join([oneMore(joined)], echoes.arrived)
        await echoes.of(say, STAY)
        const middle = end.wireBytes()
        await echoes.of(ask, STAY)
        await echoes.of(say, STAY)
        bytes += middle - start - (end.wireBytes() - middle)
      }
      const { cpuSeconds } = stop()
      end.close()
      return { perOperation: bytes / 2 / MORE, cpuSeconds }
    }
  }
}

/** Waits for what was sent to come back. */
class Echoes {
  #wanted: Buffer | undefined
  #onecho: () => void = () => undefined

  readonly arrived = (message: Buffer): void => {
    if (this.#wanted?.equals(message)) this.#onecho()
    else throw new Error('A message did not come back as it was sent.')
  }

  async of(send: (message: Buffer) => void, message: Buffer): Promise<void> {
    this.#wanted = message
    await new Promise<void>(resolve => {
      this.#onecho = resolve
      send(message)
    })
  }
}

function oneMore(at: number): string {
  return `bench/rooms/${at}`
}
