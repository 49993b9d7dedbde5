import { setImmediate } from 'node:timers/promises'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Layer, Middleware } from 'peersockets/plugin'
import { describe, expect, test } from 'vitest'
import { testMiddleware } from '../middleware/middleware.js'
import type { FrameAttack, MiddlewarePromises } from '../middleware/subject.js'
import type { Test } from '../suite.js'
import { checksOf, complaintOf, complaintsOf, type Wrong } from './outcome.fixture.js'
import { altered, sealed } from './sealed.fixture.js'

interface Given {
  readonly create: () => Middleware
  readonly promises?: Partial<MiddlewarePromises>
}

const ALL: readonly FrameAttack[] = ['tamper', 'truncate', 'replay', 'reorder', 'drop', 'reflect', 'move']

const PROMISES: MiddlewarePromises = { maxFrameBytes: 70_000, maxOverheadBytes: 20 }

const pass: Middleware = { name: 'pass', open: () => ({ send: frame => frame, receive: frame => frame }) }
const layer = (parts: Partial<Layer>) => altered(pass, () => parts)
const flipAll = (frame: Buffer) => Buffer.from(frame.map(byte => byte ^ 0x55))
/** Flips all bits of a frame where the session has room for it, and puts the sum of its bytes behind. */
const summed = (when: 'first' | 'afterwards'): Middleware => {
  const sum = (frame: Buffer) => frame.reduce((before, byte) => (before + byte) & 0xff, 0)
  return {
    name: 'summed',
    open: ({ extend }) => ({
      send(frame) {
        const before = sum(frame)
        const longer = extend(frame, 0, 1)
        longer.set(flipAll(frame))
        longer[frame.length] = when === 'first' ? before : sum(frame)
        return longer
      },
      receive(frame) {
        const body = flipAll(frame.subarray(0, -1))
        return sum(body) === frame.at(-1) ? body : Buffer.from('wrong')
      }
    })
  }
}
// What JavaScript may do, and no type allows.
const untyped = <T>(value: unknown): T => value as T

const claims = (
  attack: FrameAttack,
  create: () => Middleware,
  check: string,
  because: RegExp
): Wrong<Given> => ({
  what: `claims to detect ${attack}`,
  check,
  because,
  given: { create, promises: { detects: [attack] } }
})

const WRONG: readonly Wrong<Given>[] = [
  {
    what: 'has a name that peersockets does not take',
    check: 'has a name, and is made for version 1 of the contract',
    because: /not in lower case/,
    given: { create: () => ({ ...pass, name: 'Pass' }) }
  },
  {
    what: 'is made for another version of the contract',
    check: 'has a name, and is made for version 1 of the contract',
    because: /version 2/,
    given: { create: () => ({ ...pass, contract: untyped(2) }) }
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
    given: { create: () => sealed({ sentIn: 'middleware', takenIn: 'middleware' }) }
  },
  {
    what: 'makes wait, and says that it does not',
    check: 'makes nobody wait: it is synchronous',
    because: /no Buffer at once/,
    given: { create: () => layer({ send: async frame => frame }), promises: { synchronous: true } }
  },
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
    check: 'leaves the session as it is',
    because: /keys or properties/,
    given: {
      create: () =>
        altered(pass, (_layer, session) => ({ close: () => void session.remotePublicKey.fill(0) }))
    }
  },
  {
    what: 'throws what is no error',
    check: 'gives a Buffer or an error for any frame whatever',
    because: /threw string/,
    given: {
      create: () =>
        layer({
          receive(frame) {
            if (frame.length > 1000) throw 'too long'
            return frame
          }
        })
    }
  },
  {
    what: 'gives nothing for what it does not understand',
    check: 'gives a Buffer or an error for any frame whatever',
    because: /no Buffer/,
    given: { create: () => layer({ receive: frame => (frame[0] === 0xff ? untyped(undefined) : frame) }) }
  },
  {
    what: 'counts a frame before it knows who sent it',
    check: 'keeps no trace of a frame that it rejected',
    because: /a good frame was rejected behind a hostile one.*not in its turn/,
    given: { create: () => sealed({ hasty: true }) }
  },
  claims(
    'tamper',
    () => sealed({ covers: 64 }),
    'detects frames that were changed',
    /a changed frame was taken/
  ),
  claims(
    'truncate',
    () => sealed({ lenient: true }),
    'detects frames that were cut',
    /a cut frame was taken/
  ),
  claims(
    'replay',
    () => sealed({ takes: 'any' }),
    'detects frames that come again, also when the session was opened anew',
    /a frame that came again was taken/
  ),
  claims(
    'replay',
    () => sealed({ takenIn: 'layer' }),
    'detects frames that come again, also when the session was opened anew',
    /from before the session was opened again was taken/
  ),
  claims(
    'replay',
    () => sealed({ takenIn: 'middleware' }),
    'detects frames that come again, also when the session was opened anew',
    /from before a new middleware opened the session was taken/
  ),
  claims(
    'reorder',
    () => sealed({ takes: 'unseen' }),
    'detects frames that come after later ones',
    /that came too late was taken/
  ),
  claims('drop', () => sealed(), 'detects that frames before this one never came', /behind a gap was taken/),
  claims(
    'reflect',
    () => sealed({ key: 'undirected' }),
    'detects frames that are sent back',
    /sent back was taken/
  ),
  claims(
    'move',
    () => sealed({ key: 'constant' }),
    'detects frames of another topic and of another connection',
    /of another topic was taken/
  ),
  {
    what: 'stops at a gap, and does not say so',
    check: 'goes on after frames that never came, as for one who joins late',
    because: /not in its turn/,
    given: { create: () => sealed({ takes: 'next' }) }
  },
  {
    what: 'takes what it says it rejects',
    check: 'rejects the frames that it says it rejects',
    because: /declared as rejected was taken/,
    given: { create: () => pass, promises: { rejects: [Buffer.from('bad')] } }
  },
  {
    what: 'takes the frames of a stranger',
    check: 'takes no frame of a stranger, nor a stranger one of it',
    because: /of a stranger was taken/,
    given: { create: () => sealed(), promises: { stranger: () => sealed() } }
  },
  {
    what: 'cannot close when it was not used',
    check: 'closes without an error, used or not, also while a frame is on its way',
    because: /never began/,
    given: {
      create: () =>
        altered(pass, () => {
          let began = false
          return {
            send(frame) {
              began = true
              return frame
            },
            close() {
              if (!began) throw new Error('never began')
            }
          }
        })
    }
  },
  {
    what: 'cannot close while it works',
    check: 'closes without an error, used or not, also while a frame is on its way',
    because: /still at work/,
    given: {
      create: () =>
        altered(pass, () => {
          let working = false
          return {
            async send(frame) {
              working = true
              await setImmediate()
              working = false
              return frame
            },
            close() {
              if (working) throw new Error('still at work')
            }
          }
        })
    }
  },
  {
    what: 'closes for everybody',
    check: 'leaves the other sessions working when one is closed',
    because: /closed for all/,
    given: {
      create: () => {
        let closed = false
        return layer({
          send(frame) {
            if (closed) throw new Error('closed for all')
            return frame
          },
          close() {
            closed = true
          }
        })
      }
    }
  },
  {
    what: 'counts anew when it is opened again, and remembers what came before',
    check: 'goes on when both sides open the session again',
    because: /not in its turn/,
    given: { create: () => sealed({ sentIn: 'layer' }) }
  },
  {
    what: 'counts anew on the side that opens again',
    check: 'goes on when one side alone opens the session again',
    because: /not in its turn/,
    given: { create: () => sealed({ sentIn: 'layer', takenIn: 'layer' }) }
  }
]

const suite =
  ({ create, promises }: Given) =>
  (runner: Test) =>
    testMiddleware(create, { ...PROMISES, ...promises, test: runner })

describe('a middleware that is wrong is caught', () => {
  test.each(WRONG)('that $what: $check', async ({ check, because, given }) => {
    expect(await complaintOf(check, suite(given))).toMatch(because)
  })
})

describe('a middleware that is right passes', () => {
  const claimed = ALL.filter(attack => attack !== 'drop')
  test.each<[string, Given]>([
    ['and promises nothing', { create: () => pass }],
    [
      'and detects all but gaps',
      { create: () => sealed(), promises: { detects: claimed, synchronous: true } }
    ],
    ['and writes into what it was given room in', { create: () => summed('first') }],
    ['and detects gaps too', { create: () => sealed({ takes: 'next' }), promises: { detects: ALL } }],
    [
      'and takes its time',
      {
        create: () =>
          altered(sealed(), inner => ({
            async send(frame) {
              await setImmediate()
              return inner.send(frame)
            },
            async receive(frame) {
              await undefined
              return inner.receive(frame)
            }
          })),
        promises: {
          detects: claimed,
          rejects: [Buffer.alloc(3)],
          stranger: () => sealed({ key: 'constant' })
        }
      }
    ],
    [
      'and compresses within bounds',
      {
        create: () =>
          layer({
            send: frame => deflateRawSync(frame),
            receive: frame => inflateRawSync(frame, { maxOutputLength: PROMISES.maxFrameBytes })
          }),
        promises: { maxOverheadBytes: 64 }
      }
    ]
  ])('%s', async (_what, given) => {
    expect(await complaintsOf(suite(given))).toEqual([])
  })
})

test('every check of the suite catches something', () => {
  const promises = { detects: ALL, synchronous: true, rejects: [], stranger: () => pass }
  const checks = [
    ...checksOf('pass', suite({ create: () => pass })),
    ...checksOf('pass', suite({ create: () => pass, promises }))
  ]
  const caught = new Set(WRONG.map(({ check }) => check))
  expect(checks.length).toBeGreaterThan(20)
  expect(checks.filter(check => !caught.has(check))).toEqual([])
})

test('an attack that does not exist is an error, not a check less', () => {
  const detects = [untyped<FrameAttack>('tampering')]
  expect(() => testMiddleware(() => pass, { ...PROMISES, detects, test })).toThrow(
    "There is no attack 'tampering', but tamper"
  )
})
