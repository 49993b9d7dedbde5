import type { Random } from '../random.js'
import { EDGES } from './mutate.js'

const MAX_FIELDS = 5
/** Of keys, hashes, signatures and nonces, and beside them. */
const LENGTHS = [0, 1, 3, 24, 31, 32, 33, 63, 64, 65, 100]

/** A message of hypercore-protocol of any type, on any channel, with fields that are of the right kind now and then. */
export function anyMessage(random: Random): Buffer {
  const fields = Array.from({ length: random.integer(0, MAX_FIELDS) }, () => field(random, 0))
  const body = Buffer.concat([header(random), ...fields])
  return Buffer.concat([number(body.length), body])
}

function header(random: Random): Buffer {
  const channel = random.pick([0, 1, 1, 1, 2, 7, 100_000])
  return number(channel * 16 + random.integer(0, 15))
}

/** Protobuf: a number and a kind, and a number or bytes. */
function field(random: Random, depth: number): Buffer {
  const name = random.integer(1, 5) * 8
  if (random.oneIn(2)) return Buffer.concat([number(name), value(random)])
  const bytes =
    depth === 0 && random.oneIn(3)
      ? Buffer.concat([1, 2, 3].map(() => field(random, 1)))
      : random.bytes(random.pick(LENGTHS))
  return Buffer.concat([number(name + 2), number(bytes.length), bytes])
}

function value(random: Random): Buffer {
  if (random.oneIn(3)) return random.pick(EDGES)
  return number(
    random.pick([
      0,
      1,
      2,
      3,
      8,
      8192,
      2 ** 20,
      2 ** 31,
      2 ** 32,
      2 ** 48,
      2 ** 52,
      random.integer(0, 2 ** 30)
    ])
  )
}

/** LEB128. */
export function number(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80)
  return Buffer.from([...bytes, rest])
}
