import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MEMORY_STACKS } from '../../torture/src/stacks.js'
import { play, type Step, TOPICS } from './support/topic-model.js'

const at = fc.constantFrom(0, 1, 2)
const topic = fc.constantFrom(...TOPICS)
const pair = fc.constantFrom(
  ...([
    [0, 1],
    [1, 0],
    [0, 2],
    [2, 0],
    [1, 2],
    [2, 1]
  ] as const)
)
const early = fc.option(topic, { nil: undefined })
const which = fc.constantFrom('older', 'newer')
const waits = fc.boolean()
const end = fc.constantFrom(0, 1)

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('join' as const), at, topic }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('close' as const), at, topic }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('leave' as const), at, topic, waits }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('rejoin' as const), at, topic }) },
  { weight: 16, arbitrary: fc.record({ kind: fc.constant('send' as const), pair, topic }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('broadcast' as const), at, topic }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('restart' as const), at, rejoin: fc.boolean(), waits })
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('connect' as const), pair, early }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('disconnect' as const), pair, which }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('kill' as const), pair, which, end }) },
  { weight: 3, arbitrary: fc.constant({ kind: 'turn' as const }) },
  { weight: 3, arbitrary: fc.constant({ kind: 'settle' as const }) }
)

const settings = MEMORY_STACKS.flatMap(stack =>
  [false, true].map(isPrivate => ({ kind: isPrivate ? 'private' : 'public', stack, isPrivate }))
)

/** For a long run: this many operations, on each setting a quarter of them, in so many minutes at most. */
const OPERATIONS = Number(process.env.MODEL_OPERATIONS ?? 0)
const MINUTES = Number(process.env.MODEL_MINUTES ?? 60)
/** Of one play of a long run. */
const LONG_PLAY = 1000

/** How often `steps` are played, and how many there are. */
const [plays, lengths] =
  OPERATIONS === 0
    ? [150, { maxLength: 120 }]
    : [Math.ceil(OPERATIONS / settings.length / LONG_PLAY), { minLength: LONG_PLAY, maxLength: LONG_PLAY }]
const milliseconds = (MINUTES * 60_000) / settings.length

describe.each(settings)(
  'on $kind topics ($stack), whatever three peers do, and whatever breaks between them',
  setting => {
    test('presence is right, and a message arrives once, in order, where it must, or its sender is told', {
      timeout: 4 * milliseconds
    }, async () => {
      const total = { operations: 0, delivered: 0, reported: 0 }
      await fc.assert(
        fc.asyncProperty(fc.array(step, { ...lengths, size: 'max' }), async steps => {
          const { delivered, reported } = await play(steps, setting)
          total.operations += steps.length
          total.delivered += delivered
          total.reported += reported
        }),
        { numRuns: plays, interruptAfterTimeLimit: milliseconds }
      )
      if (OPERATIONS > 0) console.log(`${setting.kind} topics (${setting.stack}):`, total)
      // The property is worth something only if messages did arrive, and some had nobody to arrive at. By chance alone,
      // the sums differ by a tenth from run to run: they are near 1,000 or above.
      expect(total.delivered).toBeGreaterThan(500)
      if (setting.isPrivate) expect(total.reported).toBeGreaterThan(500)
      else expect(total.reported).toBe(0)
    })

    test('after leaving a topic its neighbours keep their messages', async () => {
      const { delivered } = await play(
        [
          ...both('a'),
          ...both('aa'),
          ...both('b'),
          { kind: 'settle' },
          { kind: 'leave', at: 0, topic: 'a' },
          { kind: 'send', pair: [0, 1], topic: 'aa' },
          { kind: 'send', pair: [0, 1], topic: 'b' },
          { kind: 'leave', at: 0, topic: 'aa' },
          { kind: 'send', pair: [0, 1], topic: 'b' }
        ],
        setting
      )
      expect(delivered).toBe(3)
    })

    test('what was said to a peer before it left and joined again is of that time, and what is said later arrives', async () => {
      const { delivered, reported } = await play(
        [
          ...both('a'),
          { kind: 'settle' },
          { kind: 'rejoin', at: 1, topic: 'a' },
          { kind: 'send', pair: [0, 1], topic: 'a' },
          { kind: 'settle' },
          { kind: 'send', pair: [0, 1], topic: 'a' }
        ],
        setting
      )
      // A public topic has no sessions.
      expect([delivered, reported]).toEqual(setting.isPrivate ? [1, 0] : [2, 0])
    })

    test('a peer that starts anew again and again, before the others have answered, is found in the end', async () => {
      const again: Step = { kind: 'restart', at: 0, rejoin: false }
      const { delivered } = await play(
        [
          { kind: 'join', at: 1, topic: 'a' },
          again,
          again,
          { kind: 'join', at: 0, topic: 'a' },
          { kind: 'settle' },
          { kind: 'send', pair: [0, 1], topic: 'a' },
          { kind: 'send', pair: [1, 0], topic: 'a' }
        ],
        setting
      )
      expect(delivered).toBe(2)
    })
  }
)

function both(topic: (typeof TOPICS)[number]): readonly Step[] {
  return [
    { kind: 'join', at: 0, topic },
    { kind: 'join', at: 1, topic }
  ]
}
