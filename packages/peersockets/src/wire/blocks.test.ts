import { describe, expect, test } from 'vitest'
import { giveBack, takeBytes } from './blocks.js'

describe.each([
  { size: 'small', some: 2000, others: 9000 },
  { size: 'large', some: 50_000, others: 65_536 }
])('of $size blocks', ({ some, others }) => {
  test('what was given back is used again', () => {
    const first = takeBytes(some)
    giveBack(first.subarray(0, 10))
    expect(takeBytes(others).buffer).toBe(first.buffer)
  })

  test('what was not given back is nobody else’s', () => {
    const taken = Array.from({ length: 40 }, () => takeBytes(some))
    expect(new Set(taken.map(({ buffer }) => buffer)).size).toBe(40)
  })

  test('no more than sixteen are kept', () => {
    const taken = Array.from({ length: 100 }, () => takeBytes(some))
    for (const bytes of taken) giveBack(bytes)
    const before = new Set(taken.map(({ buffer }) => buffer))
    const again = Array.from({ length: 100 }, () => takeBytes(some).buffer)
    expect(again.filter(buffer => before.has(buffer))).toHaveLength(16)
  })
})

test('there are as many bytes as were asked for, at least', () => {
  for (const length of [0, 1, 1023, 1024, 9216, 9217, 66_560, 67_584, 67_585, 1_000_000])
    expect(takeBytes(length).length).toBeGreaterThanOrEqual(length)
})

test('what is said to thousands at once takes little more than it has', () => {
  for (const length of [1, 100, 1024, 4096, 8192]) {
    const { buffer } = takeBytes(length)
    expect(buffer.byteLength).toBeLessThan(10_000)
  }
})

test('bytes of anybody else are left alone', () => {
  const others = [
    Buffer.alloc(10),
    Buffer.alloc(65_536),
    ...[9216, 67_584].map(length => Buffer.from(new SharedArrayBuffer(length)))
  ]
  for (const bytes of others) giveBack(bytes)
  const taken = [2000, 50_000].flatMap(length => Array.from({ length: 17 }, () => takeBytes(length).buffer))
  for (const { buffer } of others) expect(taken).not.toContain(buffer)
})
