import { setImmediate } from 'node:timers/promises'
import type { Answered, Contender } from '../contender.js'
import type { Traffic } from '../traffic/traffic.js'
import type { MessageEnd, Way } from '../ways/way.js'
import { startStopwatch } from './stopwatch.js'

/** What an app has to say in one turn of the event loop. */
const BURST_MESSAGES = 64
const BURST_BYTES = 256 * 1024

/**
 * Messages one way, as fast as they go: from the first `send` until the receiver, which checked each, confirms the last.
 * Before that the ends greet each other: TCP joins small writes differently once both sides have spoken, which some
 * alternatives have done by then and others not.
 */
export function stream<Message>(
  way: Way<MessageEnd<Message>>,
  traffic: Traffic<Message>,
  options: Pick<Contender, 'share'> = {}
): Contender {
  const { messages, same } = traffic
  const burst = Math.max(1, Math.min(BURST_MESSAGES, Math.floor(BURST_BYTES / traffic.bytes)))
  const messageAt = (at: number) => messages[at % messages.length] ?? messages[0]

  return {
    ...options,

    async answer(operations) {
      let onend: (end: MessageEnd<Message>) => void = () => undefined
      const finished = new Promise<Answered>((resolve, reject) => {
        onend = end => {
          end.onmessage = greeting => {
            const stop = startStopwatch()
            let received = 0
            end.onmessage = message => {
              if (!same(messageAt(received), message))
                reject(new Error(`Message ${received} of ${operations} did not arrive as it was sent.`))
              received++
              if (received < operations) return
              resolve(stop())
              end.send(message)
            }
            end.send(greeting)
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
      const greeted = answered()
      end.send(messages[0])
      await greeted
      const confirmed = answered()
      const stop = startStopwatch()
      for (let sent = 0; sent < operations; ) {
        const until = Math.min(operations, sent + burst)
        end.together(() => {
          for (; sent < until; sent++) end.send(messageAt(sent))
        })
        await setImmediate()
        await end.drained()
      }
      end.keepNothingBack()
      await confirmed
      const { seconds, cpuSeconds } = stop()
      end.close()
      return { perOperation: seconds / operations, cpuSeconds }
    }
  }
}
