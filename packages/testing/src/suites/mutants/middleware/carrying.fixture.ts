import { setImmediate } from 'node:timers/promises'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Mutant } from '../outcome.fixture.js'
import { flipAll, type Given, layer, pass, summed, untyped } from './given.fixture.js'
import { altered, sealed } from './sealed.fixture.js'

/** What they do to frames. */
export const carrying: readonly Mutant<Given>[] = [
  {
    what: 'has a name that peersockets does not take',
    check: 'has a name, and is made for version 2 of the contract',
    because: /not in lower case/,
    given: { create: () => ({ ...pass, name: 'Pass' }) }
  },
  {
    what: 'is made for another version of the contract',
    check: 'has a name, and is made for version 2 of the contract',
    because: /version 1/,
    given: { create: () => ({ ...pass, contract: untyped(1) }) }
  },
  {
    what: 'says now this and now that of itself',
    check: 'has a name, and is made for version 2 of the contract',
    because: /its wire is not the same each time/,
    given: {
      create: (
        (calls = 0) =>
        () => ({ ...pass, wire: calls++ % 2 === 0 })
      )()
    }
  },
  {
    what: 'opens later',
    check: 'opens a layer at once',
    because: /gave a promise/,
    given: { create: () => ({ name: 'pass', open: untyped(async (session: never) => pass.open(session)) }) }
  },
  {
    what: 'opens half a layer',
    check: 'opens a layer at once',
    because: /has send and receive/,
    given: { create: () => ({ name: 'pass', open: () => untyped({ send: (frame: Buffer) => frame }) }) }
  },
  {
    what: 'gives a Uint8Array',
    check: 'gives Buffers, or promises of them',
    because: /no Buffer/,
    given: { create: () => layer({ send: frame => untyped(new Uint8Array(frame)) }) }
  },
  {
    what: 'has no room for a length above 65,535',
    check: 'brings back frames of 0 bytes up to maxFrameBytes, in both directions',
    because: /of 65536 bytes did not arrive/,
    given: { create: () => layer({ receive: frame => frame.subarray(0, 65_535) }) }
  },
  {
    what: 'reads a frame again after it has written into what it made of it',
    check: 'brings back frames of 0 bytes up to maxFrameBytes, in both directions',
    because: /did not arrive as it was sent/,
    given: { create: () => summed('afterwards') }
  },
  {
    what: 'does not take an empty frame',
    check: 'brings back frames of 0 bytes up to maxFrameBytes, in both directions',
    because: /nothing to send/,
    given: {
      create: () =>
        layer({
          send(frame) {
            if (frame.length === 0) throw new Error('nothing to send')
            return frame
          }
        })
    }
  },
  {
    what: 'sends one frame in the place of another, now and then',
    check: 'keeps the order of frames',
    because: /arrived as frame 0,.*frame 8, frame 8/,
    given: {
      create: () =>
        altered(pass, () => {
          const frames: Buffer[] = []
          return {
            send(frame) {
              frames.push(frame)
              return frames.length % 10 === 0 ? (frames.at(-2) ?? frame) : frame
            }
          }
        })
    }
  },
  {
    what: 'adds more than it says',
    check: 'adds at most maxOverheadBytes to a frame',
    because: /grew by 20, over 19/,
    given: { create: () => sealed(), promises: { maxOverheadBytes: 19 } }
  },
  {
    what: 'inflates without a bound',
    check: 'makes of no frame more than maxFrameBytes, unless it was longer itself',
    because: /on the wire became 141024, over 70000/,
    given: {
      create: () => layer({ send: frame => deflateRawSync(frame), receive: frame => inflateRawSync(frame) })
    }
  },
  {
    what: 'shares a variable between its directions',
    check: 'works in both directions at the same time',
    because: /is not what/,
    given: {
      create: () => {
        let held: Buffer = Buffer.alloc(0)
        const slow = async (frame: Buffer) => {
          held = frame
          await setImmediate()
          return held
        }
        return layer({ send: slow, receive: slow })
      }
    }
  },
  {
    what: 'counts the frames of all sessions together',
    check: 'keeps the topics and connections apart that it serves at once',
    because: /not in its turn/,
    given: { create: () => sealed({ sentIn: 'middleware', receivedIn: 'middleware' }) }
  },
  {
    what: 'makes wait, and says that it does not',
    check: 'makes nobody wait: it is synchronous',
    because: /no Buffer at once/,
    given: { create: () => layer({ send: async frame => frame }), promises: { synchronous: true } }
  },
  {
    what: 'leaves out its seal where the network detects changes, and wants one',
    check: 'works also where the network itself detects changes',
    because: /too short|not sealed/,
    given: {
      create: () =>
        altered(sealed(), (inner, { authenticated }) => ({
          send: frame => (authenticated ? frame : inner.send(frame))
        }))
    }
  },
  {
    what: 'counts by peer, whatever the session',
    check: 'works twice in one pipeline',
    because: /not in its turn/,
    given: { create: () => sealed({ sentIn: 'peer', receivedIn: 'peer' }) }
  },
  {
    what: 'changes what it sends, and says that it does not',
    check: 'changes no byte, as it says, so that the peer need not have it',
    because: /send changed a frame/,
    given: { create: () => ({ ...layer({ send: flipAll, receive: flipAll }), wire: false }) }
  },
  {
    what: 'changes what it receives, and says that it does not',
    check: 'changes no byte, as it says, so that the peer need not have it',
    because: /receive changed a frame/,
    given: { create: () => ({ ...layer({ receive: frame => frame.subarray(0, 1000) }), wire: false }) }
  }
]
