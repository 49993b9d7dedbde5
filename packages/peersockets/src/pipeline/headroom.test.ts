import { describe, expect, test } from 'vitest'
import { HEADROOM_BYTES, Headroom } from './headroom.js'

/** A batch in the middle of memory in which it has space on either side. */
function batchOf(length = 100): Buffer {
  return Buffer.alloc(length + 4 * HEADROOM_BYTES).subarray(2 * HEADROOM_BYTES, 2 * HEADROOM_BYTES + length)
}

function lent(): { readonly headroom: Headroom; readonly batch: Buffer } {
  const [headroom, batch] = [new Headroom(), batchOf()]
  headroom.lend(batch)
  return { headroom, batch }
}

/** Whether what came of `frame` lies where `frame` does. */
function isInPlace(extended: Buffer, frame: Buffer): boolean {
  return extended.buffer === frame.buffer
}

describe('a batch on its way out', () => {
  test('grows where it is', () => {
    const { headroom, batch } = lent()
    const grown = headroom.extend(batch.fill('x'), 6, 16)
    expect(grown).toHaveLength(6 + 100 + 16)
    expect(isInPlace(grown, batch)).toBe(true)
    expect(grown.toString('latin1', 6, 106)).toBe('x'.repeat(100))
  })

  test('grows again and again, and as a view of it, until its headroom is used up', () => {
    const { headroom, batch } = lent()
    let frame = batch
    for (let bytes = 0; bytes < HEADROOM_BYTES; bytes += 8) frame = headroom.extend(frame.subarray(1), 9, 8)
    expect(frame).toHaveLength(100 + 2 * HEADROOM_BYTES)
    expect(isInPlace(frame, batch)).toBe(true)
    expect(isInPlace(headroom.extend(frame, 1, 0), batch)).toBe(false)
    expect(isInPlace(headroom.extend(frame, 0, 1), batch)).toBe(false)
  })

  test('grows no further than its headroom, in one step either', () => {
    const { headroom, batch } = lent()
    expect(isInPlace(headroom.extend(batch, HEADROOM_BYTES + 1, 0), batch)).toBe(false)
    expect(isInPlace(headroom.extend(batch, 0, HEADROOM_BYTES + 1), batch)).toBe(false)
    expect(isInPlace(headroom.extend(batch, HEADROOM_BYTES, HEADROOM_BYTES), batch)).toBe(true)
  })

  test('grows in its own session alone', () => {
    const { batch } = lent()
    const other = new Headroom()
    other.lend(batchOf())
    expect(isInPlace(other.extend(batch, 1, 1), batch)).toBe(false)
    expect(isInPlace(new Headroom().extend(batch, 1, 1), batch)).toBe(false)
  })
})

describe('what does not grow where it is', () => {
  test('becomes a copy that says the same, with as many bytes around it', () => {
    const frame = batchOf().fill('x')
    const extended = new Headroom().extend(frame, 6, 16)
    expect(isInPlace(extended, frame)).toBe(false)
    expect(extended).toHaveLength(6 + 100 + 16)
    expect(extended.toString('latin1', 6, 106)).toBe('x'.repeat(100))
    frame.fill('y')
    expect(extended.toString('latin1', 6, 106)).toBe('x'.repeat(100))
  })

  test('is a batch that has gone', () => {
    const { headroom, batch } = lent()
    headroom.lend(undefined)
    expect(isInPlace(headroom.extend(batch, 0, 0), batch)).toBe(false)
  })

  test('are bytes in other memory, and in the same, but not of the batch', () => {
    const { headroom, batch } = lent()
    const foreign = batchOf()
    expect(isInPlace(headroom.extend(foreign, 0, 0), foreign)).toBe(false)
    for (const at of [0, batch.byteOffset + batch.length + HEADROOM_BYTES]) {
      const beside = Buffer.from(batch.buffer, at, 10)
      expect(isInPlace(headroom.extend(beside, 1, 1), beside)).toBe(false)
    }
  })
})
