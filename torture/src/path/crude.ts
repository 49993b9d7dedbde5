import type { Attack } from '@peersockets/testing'
import type { Random } from '../random.js'

/** What somebody on the path does who knows nothing of what is said. */
export interface CrudeAttack {
  readonly name: string
  make(random: Random): Attack
}

/** One in so many chunks. */
const SHARE = 6

function once(name: string, act: (chunk: Buffer, random: Random) => ReturnType<Attack>): CrudeAttack {
  return { name, make: random => chunk => (random.oneIn(SHARE) ? act(chunk, random) : chunk) }
}

/** The cipher goes by the place of a byte: after any of these but the first, everything behind it is noise. */
export const CRUDE_ATTACKS: readonly CrudeAttack[] = [
  once('a bit flipped', (chunk, random) => {
    const at = random.integer(0, chunk.length - 1)
    chunk.writeUInt8(chunk.readUInt8(at) ^ (1 << random.integer(0, 7)), at)
    return chunk
  }),
  once('a chunk dropped', () => null),
  once('a chunk doubled', chunk => [chunk, chunk]),
  once('bytes put in', (chunk, random) => [random.bytes(random.integer(1, 40)), chunk]),
  once('bytes taken out', (chunk, random) => chunk.subarray(random.integer(1, chunk.length))),
  {
    name: 'a chunk held back behind the next',
    make(random) {
      const held = new Map<string, Buffer>()
      return (chunk, { from, to }) => {
        const lane = `${from}>${to}`
        const late = held.get(lane)
        held.delete(lane)
        if (late !== undefined) return [chunk, late]
        if (!random.oneIn(SHARE)) return chunk
        held.set(lane, chunk)
        return null
      }
    }
  },
  {
    name: 'a piece of an earlier chunk in the place of another',
    make(random) {
      const earlier: Buffer[] = []
      return chunk => {
        const piece = earlier.length > 0 && random.oneIn(SHARE) ? random.pick(earlier) : undefined
        earlier.push(Buffer.from(chunk))
        piece?.copy(chunk, random.integer(0, chunk.length - 1))
        return chunk
      }
    }
  }
]
