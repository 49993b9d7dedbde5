import type { Layer, Middleware } from 'peersockets/plugin'
import type { FrameAttack, MiddlewarePromises } from '../../middleware/subject.js'
import type { Mutant } from '../outcome.fixture.js'
import { altered } from './sealed.fixture.js'

/** What the suite is given. */
export interface Given {
  readonly create: () => Middleware
  readonly promises?: Partial<MiddlewarePromises>
}

export const ALL: readonly FrameAttack[] = [
  'tamper',
  'truncate',
  'replay',
  'reorder',
  'drop',
  'reflect',
  'move'
]

export const PROMISES: MiddlewarePromises = { maxFrameBytes: 70_000, maxOverheadBytes: 20 }

/** Changes nothing. */
export const pass: Middleware = {
  name: 'pass',
  open: () => ({ send: frame => frame, receive: frame => frame })
}

/** The same, but for `parts` of its layers. */
export const layer = (parts: Partial<Layer>) => altered(pass, () => parts)

export const flipAll = (frame: Buffer) => Buffer.from(frame.map(byte => byte ^ 0x55))

/** Flips all bits of a frame where the session extends it, and puts the sum of its bytes behind. */
export function summed(when: 'first' | 'afterwards'): Middleware {
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
        return sum(body) === frame.at(-1) ? body : Buffer.from('not the sum')
      }
    })
  }
}

/** What JavaScript may do, and no type allows. */
export const untyped = <T>(value: unknown): T => value as T

/** Says that it detects an attack, and does not. */
export const claims = (
  attack: FrameAttack,
  create: () => Middleware,
  check: string,
  because: RegExp,
  promises: Partial<MiddlewarePromises> = {}
): Mutant<Given> => ({
  what: `claims to detect ${attack}`,
  check,
  because,
  given: { create, promises: { ...promises, detects: [attack] } }
})
