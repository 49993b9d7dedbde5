import { deepStrictEqual } from 'node:assert/strict'
import fc from 'fast-check'
import { addExtension, Packr, Unpackr } from 'msgpackr'
import { isNativeAccelerationEnabled } from 'msgpackr/index-no-eval'
import { expect, test } from 'vitest'
import { carried, text } from './carried.js'
import { msgpack } from './index.js'

const codec = msgpack()
const packr = new Packr({ useRecords: false, variableMapSize: true })
const unpackr = new Unpackr({ useRecords: false })

// As the application's own msgpackr has no Maps among its objects, and renames __proto__.
const common = carried({ keys: text.filter(key => key !== '__proto__'), maps: false })

test("an application's own msgpackr reads what is written here", () => {
  fc.assert(fc.property(common, value => deepStrictEqual(unpackr.unpack(codec.encode(value)), value)))
})

test("what an application's own msgpackr writes is read here", () => {
  fc.assert(fc.property(common, value => deepStrictEqual(codec.decode(packr.pack(value)), value)))
})

test('it reads a Map as a Map when asked to, one with string keys with the mark of it', () => {
  const maps = new Unpackr({ useRecords: false, mapsAsObjects: false })
  expect(maps.unpack(codec.encode(new Map([[3n, Buffer.of(4)]])))).toEqual(new Map([[3n, Buffer.of(4)]]))
  expect(maps.unpack(codec.encode(new Map([['a', 1]])))).toEqual(
    new Map<unknown, unknown>([
      [null, null],
      ['a', 1]
    ])
  )
})

test('messages and the buffers of an application that packs in between do not disturb each other', () => {
  const messages = Array.from({ length: 2000 }, (_, index) => ({ index, text: 'x'.repeat(index % 50) }))
  const both = messages.map(message => [codec.encode(message), packr.pack(message)])
  for (const [index, [ours, theirs]] of both.entries()) {
    expect(codec.decode(ours ?? Buffer.alloc(0))).toEqual(messages[index])
    expect(theirs).toEqual(ours)
  }
})

test('a native addon that the machine has for msgpackr takes no part', () => {
  expect(isNativeAccelerationEnabled).toBe(false)
})

// Last, as it is for the whole process.
test('an extension that the application registers with its msgpackr changes nothing here', () => {
  const value = { at: new Date(0), bytes: Buffer.of(1) }
  const before = codec.encode(value)
  addExtension({ Class: Date, type: 1, pack: () => Buffer.of(7), unpack: () => 'theirs' })
  addExtension({ type: 0xff, unpack: () => 'theirs' })
  expect(unpackr.unpack(packr.pack(value))).toMatchObject({ at: 'theirs' })
  expect(codec.encode(value)).toEqual(before)
  expect(codec.decode(before)).toStrictEqual(value)
})
