import { randomBytes } from 'node:crypto'
import { TestConnection } from '@peersockets/testing'
import fc from 'fast-check'
import type { Session } from 'peersockets/plugin'
import { expect, test } from 'vitest'
import { encrypt } from './encrypt.js'
import { codeOf, flipped, openedBy, sealedBy } from './sealing.fixture.js'

/** What somebody on the way, or a member that leaves and joins again, does next. A place is how many frames ago. */
type Step =
  | { act: 'send' }
  | { act: 'deliver' | 'reflect'; place: number }
  | { act: 'tamper'; place: number; bit: number }
  | { act: 'rejoin'; sender: boolean; member: number }

const place = fc.oneof(fc.nat({ max: 2 }), fc.nat({ max: 30 }))
const act = <const A>(name: A) => fc.constant(name)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ act: act('send') }) },
  { weight: 6, arbitrary: fc.record({ act: act('deliver'), place }) },
  { weight: 1, arbitrary: fc.record({ act: act('reflect'), place }) },
  { weight: 2, arbitrary: fc.record({ act: act('tamper'), place, bit: fc.nat() }) },
  {
    weight: 1,
    arbitrary: fc.record({ act: act('rejoin'), sender: fc.boolean(), member: fc.nat({ max: 2 }) })
  }
)

const [one, other] = [randomBytes(32), randomBytes(32)]
const members = [[one, other], [other, one], [one]].map(keys => encrypt({ keys }))

test('whatever happens on the way: what arrives was sent, in that order, and only once', () => {
  let arrivals = 0
  fc.assert(
    fc.property(fc.array(step, { minLength: 40, maxLength: 120 }), steps => {
      const { alice, bob } = new TestConnection().sessions()
      const open = (session: Session, member = 0) => (members[member] ?? encrypt({ key: one })).open(session)
      let sender = open(alice)
      let receiver = open(bob)
      const frames: Buffer[] = []
      const delivered: string[] = []

      for (const next of steps) {
        if (next.act === 'send') {
          frames.push(sealedBy(sender, `message ${frames.length}`))
          continue
        }
        if (next.act === 'rejoin') {
          if (next.sender) sender = open(alice, next.member)
          else receiver = open(bob, next.member)
          continue
        }
        const frame = frames[frames.length - 1 - next.place]
        if (frame === undefined) continue
        if (next.act === 'reflect') {
          expect(codeOf(() => sender.receive(frame))).toBe('ERR_BAD_SIGNATURE')
        } else if (next.act === 'tamper') {
          const changed = flipped(frame, next.bit % (frame.length * 8))
          expect(codeOf(() => receiver.receive(changed))).toBe('ERR_BAD_SIGNATURE')
        } else {
          try {
            delivered.push(openedBy(receiver, frame))
          } catch (error) {
            expect(error).toMatchObject({ code: expect.stringMatching(/^ERR_(BAD_SIGNATURE|REPLAYED)$/) })
          }
        }
      }

      const sent = frames.map((_, at) => `message ${at}`)
      expect(delivered).toEqual(sent.filter(message => delivered.includes(message)))
      arrivals += delivered.length
    }),
    { numRuns: 200 }
  )
  expect(arrivals).toBeGreaterThan(200)
})
