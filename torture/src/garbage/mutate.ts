import type { Random } from '../random.js'

/** No mutation grows beyond this, in bytes. */
const MAX_BYTES = 64 * 1024
const MAX_STEPS = 4
const MAX_REPEATS = 40
/** Where readers of lengths and numbers have their edges, in LEB128: some too long, some without an end, none sensible. */
export const EDGES: readonly Buffer[] = [
  '00',
  '01',
  '7f',
  '8000',
  '8001',
  'ff7f',
  '808004',
  'ffff03',
  '80808004',
  'ffffffff0f',
  '8080808010'
]
  .concat(['ffffffffffffff0f', '80'.repeat(10), 'ff'.repeat(10), `${'80'.repeat(160)}00`, 'ff'.repeat(200)])
  .map(hex => Buffer.from(hex, 'hex'))

type Step = (random: Random, bytes: Buffer, corpus: readonly Buffer[]) => Buffer

const steps: readonly Step[] = [
  function flipBit(random, bytes) {
    const at = random.integer(0, bytes.length - 1)
    return replaced(bytes, at, 1, Buffer.of(bytes.readUInt8(at) ^ (1 << random.integer(0, 7))))
  },
  function setByte(random, bytes) {
    const byte = random.pick([0, 1, 0x7f, 0x80, 0xc0, 0xdd, 0xdf, 0xff, random.integer(0, 255)])
    return replaced(bytes, random.integer(0, bytes.length - 1), 1, Buffer.of(byte))
  },
  function remove(random, bytes) {
    const at = random.integer(0, bytes.length - 1)
    return replaced(bytes, at, random.integer(1, bytes.length - at))
  },
  function insert(random, bytes) {
    return replaced(bytes, random.integer(0, bytes.length), 0, random.bytes(random.integer(1, 20)))
  },
  function duplicate(random, bytes) {
    const at = random.integer(0, bytes.length - 1)
    const part = bytes.subarray(at, at + random.integer(1, bytes.length - at))
    return replaced(bytes, random.integer(0, bytes.length), 0, part)
  },
  function splice(random, bytes, corpus) {
    const other = random.pick(corpus)
    const end = bytes.subarray(0, random.integer(0, bytes.length))
    return Buffer.concat([end, other.subarray(random.integer(0, other.length))])
  },
  function setLength(random, bytes) {
    return replaced(bytes, random.oneIn(2) ? 0 : random.integer(0, bytes.length - 1), 1, random.pick(EDGES))
  },
  function cut(random, bytes) {
    return bytes.subarray(0, random.integer(0, bytes.length - 1))
  },
  function repeat(random, bytes) {
    return Buffer.concat(Array<Buffer>(random.integer(2, MAX_REPEATS)).fill(bytes))
  }
]

/** Other bytes, in memory of their own, made of `bytes` and of the corpus that they are from by a few steps that do harm. */
export function mutate(random: Random, bytes: Buffer, corpus: readonly Buffer[]): Buffer {
  let mutated = bytes
  for (let left = random.integer(1, MAX_STEPS); left > 0; left--) {
    mutated = mutated.length === 0 ? random.pick(corpus) : random.pick(steps)(random, mutated, corpus)
    mutated = mutated.subarray(0, MAX_BYTES)
  }
  return Buffer.from(mutated)
}

function replaced(bytes: Buffer, at: number, length: number, by: Buffer = Buffer.alloc(0)): Buffer {
  return Buffer.concat([bytes.subarray(0, at), by, bytes.subarray(at + length)])
}
