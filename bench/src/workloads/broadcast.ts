import { setImmediate } from 'node:timers/promises'
import type { Answered, Contender } from '../contender.js'
import type { Traffic } from '../traffic/traffic.js'
import type { Spoke, Stars } from '../ways/broadcast.js'
import { startStopwatch } from './stopwatch.js'

const PEERS = 100

/**
 * One message to a hundred peers, in the process that sends it: `call` until the call returns, `tick` until the end of the
 * event loop's turn, when all of it has been encrypted and written. The next is sent when everybody has checked this one.
 */
export function toEverybody<Message>(
  stars: Stars<Message>,
  { messages, same }: Traffic<Message>,
  until: 'call' | 'tick'
): Contender {
  const messageAt = (at: number) => messages[at % messages.length] ?? messages[0]

  return {
    async answer(operations) {
      let onspoke: (spoke: Spoke<Message>) => void = () => undefined
      const finished = new Promise<Answered>((resolve, reject) => {
        const stop = startStopwatch()
        let deliveries = 0
        onspoke = spoke => {
          let received = 0
          spoke.onmessage = message => {
            if (!same(messageAt(received), message))
              reject(new Error(`Message ${received} of ${operations} did not arrive as it was sent.`))
            received++
            deliveries++
            // All peers are in this process: the last one to get a message answers for all of them.
            if (deliveries % PEERS !== 0) return
            if (deliveries === PEERS * operations) resolve(stop())
            spoke.answer(message)
          }
        }
      })
      return { port: await stars.listen(PEERS, spoke => onspoke(spoke)), finished }
    },

    async drive(port, operations) {
      const hub = await stars.dial(port, PEERS)
      await hub.ready
      const stop = startStopwatch()
      let nanoseconds = 0n
      for (let sent = 0; sent < operations; sent++) {
        const answered = new Promise<void>(resolve => {
          hub.onmessage = () => resolve()
        })
        const start = process.hrtime.bigint()
        hub.say(messageAt(sent))
        if (until === 'tick') await setImmediate()
        nanoseconds += process.hrtime.bigint() - start
        await answered
      }
      const { cpuSeconds } = stop()
      hub.close()
      return { perOperation: Number(nanoseconds) / 1e9 / operations, cpuSeconds }
    }
  }
}
