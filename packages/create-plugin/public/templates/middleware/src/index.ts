import { PeersocketsError } from 'peersockets'
import type { Middleware, Session } from 'peersockets/plugin'

/** What stands before a frame: its number, most significant byte first. */
const NUMBER_BYTES = 6

/** How far the frames of a topic on a connection have come. */
interface Progress {
  sent: number
  received: number
}

/** Under the session and not in the layer, which is made anew when the topic is left and joined with another definition. */
const PROGRESS = new WeakMap<Session, Progress>()

/**
 * Numbers frames, and rejects one that comes again, or after a later one. A number can be forged: that nobody changes it is
 * for a signer to see, which stands behind this in `middleware`.
 */
export function __identifier__(): Middleware {
  return {
    name: '__wire__',
    contract: 1,
    open(session) {
      const progress = PROGRESS.get(session) ?? { sent: 0, received: 0 }
      PROGRESS.set(session, progress)
      return {
        send(frame) {
          const numbered = session.extend(frame, NUMBER_BYTES, 0)
          progress.sent++
          numbered.writeUIntBE(progress.sent, 0, NUMBER_BYTES)
          return numbered
        },
        receive(frame) {
          if (frame.length < NUMBER_BYTES) {
            throw new PeersocketsError('ERR_MALFORMED_FRAME', 'A frame was dropped because it has no number.')
          }
          const number = frame.readUIntBE(0, NUMBER_BYTES)
          if (number <= progress.received) {
            throw new PeersocketsError(
              'ERR_REPLAYED',
              'A frame was dropped because it, or a later one, has come before.'
            )
          }
          progress.received = number
          return frame.subarray(NUMBER_BYTES)
        }
      }
    }
  }
}
