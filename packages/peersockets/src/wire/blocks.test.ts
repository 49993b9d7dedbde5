import { expect, test } from 'vitest'
import { giveBack, takeBytes } from './blocks.js'

test('what was given back is used again', () => {
  const first = takeBytes(50_000)
  giveBack(first.subarray(0, 10))
  expect(takeBytes(65_536).buffer).toBe(first.buffer)
})

test('what was not given back is nobody else’s', () => {
  const taken = Array.from({ length: 40 }, () => takeBytes(10_000))
  expect(new Set(taken.map(({ buffer }) => buffer)).size).toBe(40)
})

test('there are as many bytes as were asked for, at least', () => {
  for (const length of [0, 1, 4095, 4096, 66_560, 67_584, 67_585, 1_000_000])
    expect(takeBytes(length).length).toBeGreaterThanOrEqual(length)
})

test('no more than a megabyte is kept', () => {
  const taken = Array.from({ length: 100 }, () => takeBytes(10_000))
  for (const bytes of taken) giveBack(bytes)
  const before = new Set(taken.map(({ buffer }) => buffer))
  const again = Array.from({ length: 100 }, () => takeBytes(10_000).buffer)
  expect(again.filter(buffer => before.has(buffer))).toHaveLength(16)
})

test('bytes of anybody else are left alone', () => {
  const others = [Buffer.alloc(10), Buffer.alloc(65_536), Buffer.from(new SharedArrayBuffer(67_584))]
  for (const bytes of others) giveBack(bytes)
  expect(others.map(({ buffer }) => buffer)).not.toContain(takeBytes(5000).buffer)
})
