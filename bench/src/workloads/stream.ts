import { setImmediate } from 'node:timers/promises'
import type { Answered, Contender } from '../contender.js'
import type { Traffic } from '../traffic/traffic.js'
import type { MessageEnd, Way } from '../ways/way.js'
import { startStopwatch } from './stopwatch.js'

/** What an app has to say in one turn of the event loop. */
const BURST_MESSAGES = 64
const BURST_BYTES = 256 * 1024

/** For each message that counts: those that go before. */
const LEAD = 1 / 4

/**
 * Messages one way, as fast as they go: from the first that counts until the receiver, which checked each, confirms the last.
 * Some go before them, and are confirmed too. One greets: then each end knows that the other is there, and TCP, which joins small
 * writes differently once both have spoken, treats all alternatives alike. The others are the lead: the connection is new, and a
 * process that stood idle while others had their turns has given back memory that it needs again.
 */
export function stream<Message>(
  way: Way<MessageEnd<Message>>,
  traffic: Traffic<Message>,
  options: Pick<Contender, 'share'> = {}
): Contender {
  const { messages, same } = traffic
  const burst = Math.max(1, Math.min(BURST_MESSAGES, Math.floor(BURST_BYTES / traffic.bytes)))
  const messageAt = (at: number) => messages[at % messages.length] ?? messages[0]
  const leadOf = (operations: number) => 1 + Math.ceil(operations * LEAD)

  return {
    ...options,

    async answer(operations) {
      let onend: (end: MessageEnd<Message>) => void = () => undefined
      const finished = new Promise<Answered>((resolve, reject) => {
        onend = end => {
          const lead = leadOf(operations)
          const last = lead + operations
          let stop = startStopwatch()
          let received = 0
          end.onmessage = message => {
            if (!same(messageAt(received), message))
              reject(new Error(`Message ${received} of ${last} did not arrive as it was sent.`))
            received++
            if (received !== 1 && received !== lead && received !== last) return
            if (received === last) resolve(stop())
            stop = startStopwatch()
            end.send(message)
          }
        }
      })
      return { port: await way.listen(onend), finished }
    },

    async drive(port, operations) {
      const end = await way.dial(port)
      const answered = () =>
        new Promise<void>(resolve => {
          end.onmessage = () => resolve()
        })
      let sent = 0
      const sendUpTo = async (last: number) => {
        while (sent < last) {
          const until = Math.min(last, sent + burst)
          end.together(() => {
            for (; sent < until; sent++) end.send(messageAt(sent))
          })
          await setImmediate()
          await end.drained()
        }
      }
      const lead = leadOf(operations)
      for (const last of [1, lead]) {
        const confirmed = answered()
        await sendUpTo(last)
        await confirmed
      }
      const confirmed = answered()
      const stop = startStopwatch()
      await sendUpTo(lead + operations)
      end.keepNothingBack()
      await confirmed
      const { seconds, cpuSeconds } = stop()
      end.close()
      return { perOperation: seconds / operations, cpuSeconds }
    }
  }
}
