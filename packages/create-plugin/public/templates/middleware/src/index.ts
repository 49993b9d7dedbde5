import { PeersocketsError } from 'peersockets'
import type { Middleware } from 'peersockets/plugin'

/** What stands before a frame: the mark of its session, then its number, most significant byte first. */
const MARK_BYTES = 8
const NUMBER_BYTES = 6
const HEADER_BYTES = MARK_BYTES + NUMBER_BYTES

/**
 * Numbers frames, and rejects one that comes again, after a later one, or from elsewhere. What it writes can be forged: that
 * nobody changes it is for a signer to see, which stands behind this in `middleware`.
 */
export function __identifier__(): Middleware {
  return {
    name: '__wire__',
    contract: 2,
    open(session) {
      const { counters } = session
      // Others in each session, direction and middleware.
      const marks = session.exportKey('__wire__')
      // What was sent before this layer opened, and held back, comes too late.
      let accepted = counters.received
      return {
        send(frame) {
          const numbered = session.extend(frame, HEADER_BYTES, 0)
          marks.send.copy(numbered, 0, 0, MARK_BYTES)
          counters.sent++
          numbered.writeUIntBE(counters.sent, MARK_BYTES, NUMBER_BYTES)
          return numbered
        },
        receive(frame) {
          if (frame.length < HEADER_BYTES) {
            throw new PeersocketsError('ERR_MALFORMED_FRAME', 'A frame was dropped because it has no number.')
          }
          if (marks.receive.compare(frame, 0, MARK_BYTES, 0, MARK_BYTES) !== 0) {
            throw new PeersocketsError(
              'ERR_OTHER_SESSION',
              'A frame was dropped because it was sent in another session.'
            )
          }
          const number = frame.readUIntBE(MARK_BYTES, NUMBER_BYTES)
          if (number <= accepted) {
            throw new PeersocketsError(
              'ERR_REPLAYED',
              'A frame was dropped because it, or a later one, has come before.'
            )
          }
          accepted = number
          counters.received = Math.max(counters.received, number)
          return frame.subarray(HEADER_BYTES)
        }
      }
    }
  }
}
