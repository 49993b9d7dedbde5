import { randomBytes } from 'node:crypto'
import { TestConnection } from '@peersockets/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hmac } from './index.js'
import { acceptedBy, codeOf, flipped, signedBy } from './signing.fixture.js'

/** What somebody on the way, or a member that leaves and joins again, does next. A place is how many frames ago. */
type Step =
  | { act: 'send' }
  | { act: 'deliver'; place: number }
  | { act: 'tamper'; place: number; bit: number }
  | { act: 'cut'; place: number; length: number }
  | { act: 'reflect'; place: number }
  | { act: 'rejoin'; who: 'sender' | 'receiver'; member: number }

const place = fc.oneof(fc.nat({ max: 2 }), fc.nat({ max: 30 }))
const act = <const A>(name: A) => fc.constant(name)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ act: act('send') }) },
  { weight: 6, arbitrary: fc.record({ act: act('deliver'), place }) },
  { weight: 2, arbitrary: fc.record({ act: act('tamper'), place, bit: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ act: act('cut'), place, length: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ act: act('reflect'), place }) },
  {
    weight: 1,
    arbitrary: fc.record({
      act: act('rejoin'),
      who: fc.constantFrom('sender' as const, 'receiver' as const),
      member: fc.nat({ max: 2 })
    })
  }
)

const [one, other] = [randomBytes(32), randomBytes(32)]
const members = [hmac({ keys: [one, other] }), hmac({ keys: [other, one] }), hmac({ key: one })]

test('whatever happens on the way: what arrives was sent, in that order, and only once', () => {
  let arrivals = 0
  fc.assert(
    fc.property(fc.array(step, { minLength: 40, maxLength: 120 }), steps => {
      const { alice, bob } = new TestConnection().sessions()
      const open = (session: typeof alice, member = 0) => (members[member] ?? hmac()).open(session)
      let sender = open(alice)
      let receiver = open(bob)
      const frames: Buffer[] = []
      const delivered: string[] = []

      for (const next of steps) {
        if (next.act === 'send') {
          frames.push(signedBy(sender, `message ${frames.length}`))
        } else if (next.act === 'rejoin') {
          if (next.who === 'sender') sender = open(alice, next.member)
          else receiver = open(bob, next.member)
        } else {
          const frame = frames[frames.length - 1 - next.place]
          if (frame === undefined) continue
          if (next.act === 'deliver') {
            try {
              delivered.push(acceptedBy(receiver, frame))
            } catch (error) {
              expect(error).toMatchObject({ code: expect.stringMatching(/^ERR_(BAD_SIGNATURE|REPLAYED)$/) })
            }
          } else if (next.act === 'tamper') {
            const changed = flipped(frame, next.bit % (frame.length * 8))
            expect(codeOf(() => receiver.receive(changed))).toBe('ERR_BAD_SIGNATURE')
          } else if (next.act === 'cut') {
            const cut = frame.subarray(0, next.length % frame.length)
            expect(codeOf(() => receiver.receive(cut))).toMatch(/^ERR_(BAD_SIGNATURE|MALFORMED_FRAME)$/)
          } else {
            expect(codeOf(() => sender.receive(frame))).toBe('ERR_BAD_SIGNATURE')
          }
        }
      }

      const sent = frames.map((_, at) => `message ${at}`)
      expect(delivered).toEqual(sent.filter(message => delivered.includes(message)))
      arrivals += delivered.length
    }),
    { numRuns: 300 }
  )
  expect(arrivals).toBeGreaterThan(300)
})

test('what is not touched arrives whole, whatever is lost between', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 100 }), arrives => {
      const { alice, bob } = new TestConnection().open(hmac())
      const frames = arrives.map((_, at) => signedBy(alice, `${at}`))
      const arrived = frames.filter((_, at) => arrives[at]).map(frame => acceptedBy(bob, frame))
      expect(arrived).toEqual(arrives.flatMap((does, at) => (does ? [`${at}`] : [])))
    })
  )
})
