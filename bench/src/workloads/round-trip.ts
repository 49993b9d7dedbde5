import type { Answered, Contender } from '../contender.js'
import { median } from '../statistics.js'
import type { Traffic } from '../traffic/traffic.js'
import type { MessageEnd, Way } from '../ways/way.js'
import { startStopwatch } from './stopwatch.js'

/** One message at a time, there and back: the median. */
export function roundTrip<Message>(way: Way<MessageEnd<Message>>, traffic: Traffic<Message>): Contender {
  const { messages, same } = traffic
  const messageAt = (at: number) => messages[at % messages.length] ?? messages[0]

  return {
    async answer(operations) {
      let onend: (end: MessageEnd<Message>) => void = () => undefined
      const finished = new Promise<Answered>(resolve => {
        onend = end => {
          const stop = startStopwatch()
          let received = 0
          end.onmessage = message => {
            end.send(message)
            received++
            if (received === operations) resolve(stop())
          }
        }
      })
      return { port: await way.listen(onend), finished }
    },

    async drive(port, operations) {
      const end = await way.dial(port)
      const stop = startStopwatch()
      const trips: number[] = []
      await new Promise<void>((resolve, reject) => {
        let sentAt = process.hrtime.bigint()
        end.onmessage = message => {
          const at = trips.length
          trips.push(Number(process.hrtime.bigint() - sentAt))
          if (!same(messageAt(at), message))
            reject(new Error(`Message ${at} of ${operations} did not come back as it was sent.`))
          if (trips.length === operations) {
            resolve()
            return
          }
          sentAt = process.hrtime.bigint()
          end.send(messageAt(at + 1))
        }
        end.send(messageAt(0))
      })
      const { cpuSeconds } = stop()
      end.close()
      return { perOperation: median(trips) / 1e9, cpuSeconds }
    }
  }
}
