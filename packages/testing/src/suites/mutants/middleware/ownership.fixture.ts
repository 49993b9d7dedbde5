import type { Mutant } from '../outcome.fixture.js'
import { flipAll, type Given, layer, pass } from './given.fixture.js'
import { altered } from './sealed.fixture.js'

/** Buffers and sessions that are not theirs. */
export const ownership: readonly Mutant<Given>[] = [
  {
    what: 'changes in place what it sends',
    check: 'does not change the frames that it is given',
    because: /send changed/,
    given: {
      create: () => layer({ send: frame => frame.fill(flipAll(frame)), receive: flipAll })
    }
  },
  {
    what: 'changes in place what it receives',
    check: 'does not change the frames that it is given',
    because: /receive changed/,
    given: { create: () => layer({ send: flipAll, receive: frame => frame.fill(flipAll(frame)) }) }
  },
  {
    what: 'keeps the last frame as a view, for the next to refer to',
    check: 'does not use a buffer again that it was lent or has given away',
    because: /was spoilt/,
    given: {
      create: () =>
        altered(pass, () => {
          let sent: Buffer = Buffer.alloc(0)
          let taken: Buffer = Buffer.alloc(0)
          const xor = (frame: Buffer, last: Buffer) =>
            Buffer.from(frame.map((byte, at) => byte ^ (last[at] ?? 0)))
          return {
            send(frame) {
              const wire = xor(frame, sent)
              sent = frame
              return wire
            },
            receive(frame) {
              taken = xor(frame, taken)
              return taken
            }
          }
        })
    }
  },
  {
    what: 'writes every frame into one buffer',
    check: 'does not change what it gave, whatever it is given later',
    because: /what send gave was changed/,
    given: {
      create: () => {
        const scratch = Buffer.alloc(200_000)
        return layer({ send: frame => scratch.subarray(0, frame.copy(scratch)) })
      }
    }
  },
  {
    what: 'reads every frame into one buffer',
    check: 'does not change what it gave, whatever it is given later',
    because: /what receive gave was changed/,
    given: {
      create: () => {
        const scratch = Buffer.alloc(200_000)
        return layer({ receive: frame => scratch.subarray(0, frame.copy(scratch)) })
      }
    }
  },
  {
    what: 'wipes a key of the session when it closes',
    check: 'leaves the session as it is, but for the counters',
    because: /keys or properties/,
    given: {
      create: () =>
        altered(pass, (_layer, session) => ({ close: () => void session.remotePublicKey.fill(0) }))
    }
  },
  {
    what: 'puts counters of its own into the session',
    check: 'leaves the session as it is, but for the counters',
    because: /counters were replaced/,
    given: {
      create: () =>
        altered(pass, (_layer, session) => ({
          close: () => void Object.assign(session, { counters: { sent: 0, received: 0 } })
        }))
    }
  },
  {
    what: 'counts back',
    check: 'counts in the counters with whole numbers, and never back',
    because: /the counters were 1, 0, .* and are 0, 0, /,
    given: {
      create: () =>
        altered(pass, (_layer, { counters }) => ({
          send(frame) {
            counters.sent = 1 - counters.sent
            return frame
          }
        }))
    }
  },
  {
    what: 'counts what is no number',
    check: 'counts in the counters with whole numbers, and never back',
    because: /the counters are 0.5/,
    given: {
      create: () =>
        altered(pass, (_layer, { counters }) => ({
          send(frame) {
            counters.sent += 0.5
            return frame
          }
        }))
    }
  },
  {
    what: 'extends a frame in front and then behind',
    check: 'extends frames in send alone, and each once',
    because: /called 2 times for one frame/,
    given: {
      create: () =>
        altered(pass, (_layer, { extend }) => ({
          send: frame => extend(extend(frame, 1, 0), 0, 1),
          receive: frame => frame.subarray(1, -1)
        }))
    }
  },
  {
    what: 'extends a frame that it receives',
    check: 'extends frames in send alone, and each once',
    because: /called in receive/,
    given: {
      create: () => altered(pass, (_layer, { extend }) => ({ receive: frame => extend(frame, 0, 0) }))
    }
  }
]
