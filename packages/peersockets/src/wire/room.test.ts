import { describe, expect, onTestFinished, test } from 'vitest'
import { growInPlace, occupy, ROOM_BYTES } from './room.js'

/** A sequence in the middle of memory in which it has room on either side. */
function sequence(length = 100): Buffer {
  return Buffer.alloc(length + 4 * ROOM_BYTES).subarray(2 * ROOM_BYTES, 2 * ROOM_BYTES + length)
}

function occupied(bytes = sequence()): Buffer {
  occupy(bytes)
  onTestFinished(() => {
    occupy(undefined)
  })
  return bytes
}

describe('a sequence on its way out', () => {
  test('grows where it is', () => {
    const frame = occupied().fill('x')
    const grown = growInPlace(frame, 6, 16)
    expect(grown).toHaveLength(6 + 100 + 16)
    expect(grown?.buffer).toBe(frame.buffer)
    expect(grown?.toString('latin1', 6, 106)).toBe('x'.repeat(100))
  })

  test('grows again and again, and as a view of it, until its room is used up', () => {
    let frame: Buffer | undefined = occupied()
    for (let bytes = 0; bytes < ROOM_BYTES; bytes += 8) frame = frame && growInPlace(frame.subarray(1), 9, 8)
    expect(frame).toHaveLength(100 + 2 * ROOM_BYTES)
    expect(frame && growInPlace(frame, 1, 0)).toBeUndefined()
    expect(frame && growInPlace(frame, 0, 1)).toBeUndefined()
  })

  test('grows no further than its room, in one step either', () => {
    const frame = occupied()
    expect(growInPlace(frame, ROOM_BYTES + 1, 0)).toBeUndefined()
    expect(growInPlace(frame, 0, ROOM_BYTES + 1)).toBeUndefined()
    expect(growInPlace(frame, ROOM_BYTES, ROOM_BYTES)).toHaveLength(100 + 2 * ROOM_BYTES)
  })

  test('gives way to one within, and comes back after it', () => {
    const outer = occupied()
    const inner = sequence()
    const before = occupy(inner)
    expect(growInPlace(outer, 1, 1)).toBeUndefined()
    expect(growInPlace(inner, 1, 1)).toBeDefined()
    expect(occupy(before)).toBe(inner)
    expect(growInPlace(outer, 1, 1)).toBeDefined()
  })
})

describe('what does not grow where it is', () => {
  test('is anything, while nothing is on its way that is nobody else’s', () => {
    const frame = sequence()
    expect(growInPlace(frame, 0, 0)).toBeUndefined()
    occupied(frame)
    occupy(undefined)
    expect(growInPlace(frame, 0, 0)).toBeUndefined()
  })

  test('are bytes in other memory, and in the same, but not of its room', () => {
    const frame = occupied()
    expect(growInPlace(sequence(), 0, 0)).toBeUndefined()
    for (const at of [0, frame.byteOffset + frame.length + ROOM_BYTES])
      expect(growInPlace(Buffer.from(frame.buffer, at, 10), 1, 1)).toBeUndefined()
  })
})
