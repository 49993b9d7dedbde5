import { describe, expect, onTestFinished, test } from 'vitest'
import { BlockPool } from './block-pool.js'

describe.each([
  { size: 'small', some: 2000, others: 9000 },
  { size: 'large', some: 50_000, others: 65_536 }
])('of $size blocks', ({ some, others }) => {
  test('what was given back is used again', () => {
    const pool = new BlockPool()
    const first = pool.take(some)
    pool.giveBack(first.subarray(0, 10))
    expect(pool.take(others).buffer).toBe(first.buffer)
  })

  test('what was not given back is nobody else’s', () => {
    const pool = new BlockPool()
    const taken = Array.from({ length: 40 }, () => pool.take(some))
    expect(new Set(taken.map(({ buffer }) => buffer)).size).toBe(40)
  })

  test('no more than sixteen are kept', () => {
    const pool = new BlockPool()
    const taken = Array.from({ length: 100 }, () => pool.take(some))
    for (const bytes of taken) pool.giveBack(bytes)
    const before = new Set(taken.map(({ buffer }) => buffer))
    const again = Array.from({ length: 100 }, () => pool.take(some).buffer)
    expect(again.filter(buffer => before.has(buffer))).toHaveLength(16)
  })

  test('what is given back to another pool does not become its own', () => {
    const [one, other] = [new BlockPool(), new BlockPool()]
    const bytes = one.take(some)
    other.giveBack(bytes)
    expect(other.take(some).buffer).not.toBe(bytes.buffer)
    one.giveBack(bytes)
    expect(one.take(some).buffer).toBe(bytes.buffer)
  })
})

test('there are as many bytes as were asked for, at least', () => {
  const pool = new BlockPool()
  for (const length of [0, 1, 1023, 1024, 9216, 9217, 66_560, 67_584, 67_585, 1_000_000])
    expect(pool.take(length).length).toBeGreaterThanOrEqual(length)
})

test('what is said to thousands at once takes little more than it has', () => {
  const pool = new BlockPool()
  const { byteLength } = Buffer.allocUnsafe(1).buffer
  for (const length of [1, 100, 1023]) expect(pool.take(length).buffer.byteLength).toBe(byteLength)
  for (const length of [1024, 4096, 8192]) expect(pool.take(length).buffer.byteLength).toBeLessThan(10_000)
})

test('bytes of anybody else are left alone', () => {
  const pool = new BlockPool()
  const others = [
    Buffer.alloc(10),
    Buffer.alloc(65_536),
    ...[9216, 67_584].flatMap(length => [new ArrayBuffer(length), new SharedArrayBuffer(length)]).map(bytesOf)
  ]
  for (const bytes of others) pool.giveBack(bytes)
  const taken = [2000, 50_000].flatMap(length => Array.from({ length: 17 }, () => pool.take(length).buffer))
  for (const { buffer } of others) expect(taken).not.toContain(buffer)
})

test('the pool of Buffer.allocUnsafe is left alone, however large an app has made it', () => {
  const pool = new BlockPool()
  const before = Buffer.poolSize
  onTestFinished(() => {
    Buffer.poolSize = before
  })
  Buffer.poolSize = 9216
  // What is left of the pool before is used up first. Some versions of Node add a little.
  const small = Array.from({ length: 100 }, () => pool.take(1000))
  const pools = small
    .map(({ buffer }) => buffer)
    .filter(({ byteLength }) => byteLength >= 9216 && byteLength < 10_000)
  expect(pools.length).toBeGreaterThan(0)
  for (const bytes of small) pool.giveBack(bytes)
  const taken = Array.from({ length: 17 }, () => pool.take(2000).buffer)
  for (const buffer of pools) expect(taken).not.toContain(buffer)
})

function bytesOf(buffer: ArrayBufferLike): Buffer {
  return Buffer.from(buffer)
}
