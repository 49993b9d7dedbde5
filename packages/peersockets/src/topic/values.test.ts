import { deserialize, serialize } from 'node:v8'
import { gunzipSync, gzipSync } from 'node:zlib'
import * as v from 'valibot'
import { describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { PeersocketsError } from '../errors.js'
import type { Codec } from '../plugin.js'
import { plainJson } from '../test-support/codecs.js'
import { keyOf, parties, settled } from '../test-support/parties.js'
import { defineTopic } from './definition.js'
import { censusOf, DEFAULT_MAX_VALUES } from './values.js'

describe('the values of a message', () => {
  const endless = (): object => new Proxy({ a: 1 }, { get: () => endless() })
  const cyclic: unknown[] = []
  cyclic.push(cyclic)

  test.each([
    ['nothing', undefined, 1],
    ['a number', 7, 1],
    ['text', 'a longer text', 1],
    ['bytes', Buffer.alloc(1000), 1],
    ['a list', [1, [2, 3], []], 6],
    ['an object', { a: 1, b: { c: null } }, 4],
    ['a Map', new Map([[{ a: 1 }, [2]]]), 5],
    ['a Set', new Set([1, [2]]), 4],
    ['a list of nothing', Array(3), 4],
    ['bytes of another kind', [new Float64Array(100), new DataView(new ArrayBuffer(8))], 3],
    ['a list with names', Object.assign([1], { a: [2] }), 4],
    [
      'a Map and a Set with names',
      [Object.assign(new Map(), { a: 1 }), Object.assign(new Set(), { b: 1 })],
      5
    ],
    ['an object whose prototype has something too', Object.create({ a: [1] }), 3],
    ['text as an object', Object('abc'), 4],
    [
      'what is made when it is asked for',
      {
        get a() {
          return [1, 2]
        }
      },
      4
    ]
  ])('are counted, nested ones and itself: %s', (_what, value, count) => {
    expect([censusOf(value, count - 1, true).values, censusOf(value, count, true).values]).toEqual([
      Number.POSITIVE_INFINITY,
      count
    ])
  })

  test.each<[string, unknown]>([
    ['a list of nothing', Array(1e9)],
    ['text as an object', Object('x'.repeat(10_000))],
    [
      'a list with very many names',
      Object.assign([], Object.fromEntries(Array.from({ length: 2000 }, (_, at) => [`n${at}`, 1])))
    ],
    ['what has another in it whenever it is asked', endless()],
    ['a Map that is its own key', (map => map.set(map, map))(new Map())],
    ['a Set that is in itself', (set => set.add(set))(new Set())],
    [
      'the same list in itself, over and over',
      Array(30)
        .fill(0)
        .reduce(inner => [inner, inner], [])
    ]
  ])('are not counted to an end that there is none to, or that is far off: %s', (_what, value) => {
    expect(censusOf(value, 1000, true).values).toBe(Number.POSITIVE_INFINITY)
  })

  test.each([
    ['{"a":{"__proto__":1}}', true],
    ['[{"constructor":1}]', true],
    ['{"prototype":1}', true],
    ['{"proto":1}', false]
  ])('are told apart by whether libraries pass over one of them: %s', (text, odd) => {
    expect(censusOf(JSON.parse(text), 10, false).odd).toBe(odd)
  })

  test('may be in each other: that is too many', () => {
    expect(censusOf(cyclic, 1000, true).values).toBe(Number.POSITIVE_INFINITY)
  })

  test('are not all looked at when there are too many', () => {
    const looks = vi.fn()
    const list = new Proxy(Array(1_000_000).fill(0), {
      get(target, key) {
        looks(key)
        return Reflect.get(target, key)
      }
    })
    expect(censusOf([list], 1000, true).values).toBe(Number.POSITIVE_INFINITY)
    expect(looks.mock.calls.length).toBeLessThan(10)
  })
})

describe('a message of more values than a schema is to be asked about', () => {
  const list = z.array(z.object({ a: z.string(), b: z.string(), c: z.string() }))

  test('is not shown to the schema, but reported: ERR_INVALID_MESSAGE', async () => {
    const { parties: both } = await parties()
    const [ada, bob] = both
    const shown = vi.fn()
    const watched = list.refine(value => {
      shown(value.length)
      return true
    })
    const room = ada.sockets.join(defineTopic({ name: 'a', codec: plainJson }))
    const heard = vi.fn()
    bob.sockets.join(defineTopic({ name: 'a', codec: plainJson, schema: watched }), { onmessage: heard })
    await settled()
    room.send(Array(DEFAULT_MAX_VALUES).fill({}), keyOf(bob))
    room.send([{ a: 'a', b: 'b', c: 'c' }], keyOf(bob))
    await settled()
    expect(bob.rejections.map(({ error }) => [error.code, error.issues])).toEqual([
      ['ERR_INVALID_MESSAGE', []]
    ])
    expect([shown.mock.calls, heard.mock.calls.length]).toEqual([[[1]], 1])
  })

  const zipped: Codec = {
    name: 'zipped',
    encode: value => gzipSync(plainJson.encode(value)),
    decode: bytes => plainJson.decode(gunzipSync(bytes))
  }
  const clone: Codec = {
    name: 'clone',
    encode: value => serialize(value),
    decode: bytes => deserialize(bytes)
  }
  const made = (value: () => unknown): Codec => ({ ...plainJson, name: 'made', decode: value })
  const loop: unknown[] = []
  loop.push(loop)

  test.each<readonly [string, Codec, unknown]>([
    ['numbers in gzip', zipped, Array(500_000).fill(1)],
    ['texts in gzip', zipped, Array(20_000).fill('')],
    ['keys in gzip', zipped, Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [at, 1]))],
    ['holes', clone, Array(1_000_000_000)],
    ['a Map', clone, new Map(Array.from({ length: 9000 }, (_, at) => [at, at]))],
    ['a Set', clone, new Set(Array(20_000).keys())],
    ['the same list many times', clone, Array(10).fill(Array(10).fill(Array(200).fill(1)))],
    [
      'a list with names',
      clone,
      Object.assign([], Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`n${at}`, 1])))
    ],
    ['a cycle', made(() => loop), 1],
    [
      'an endless object',
      made(function endless() {
        return {
          get a() {
            return endless()
          }
        }
      }),
      1
    ]
  ])('is refused whatever the codec makes of how few bytes: %s', (_what, codec, value) => {
    const shown = vi.fn(() => true)
    for (const schema of [z.any().refine(shown), v.pipe(v.any(), v.check(shown))]) {
      const topic = defineTopic({ schema, codec })
      expect(() => topic.decode(codec.encode(value), 'a')).toThrow(
        expect.objectContaining({
          code: 'ERR_INVALID_MESSAGE',
          message: expect.stringContaining('16384 values')
        })
      )
    }
    expect(shown).not.toHaveBeenCalled()
  })

  test('is refused to its sender before the codec has to carry it', () => {
    const topic = defineTopic({ codec: zipped, schema: z.array(z.number()) })
    expect(() => topic.encode(Array(500_000).fill(1), 'a')).toThrow('more than 16384 values')
    expect(() => defineTopic({ codec: zipped, schema: z.any() }).encode(loop, 'a')).toThrow('16384 values')
  })

  test('is counted as it travels, not as the app has it', () => {
    const text = z.codec(z.string(), z.array(z.number()), {
      decode: joined => joined.split(',').map(Number),
      encode: numbers => numbers.join()
    })
    const topic = defineTopic({ schema: text, codec: plainJson })
    const numbers = Array(20_000).fill(1)
    expect(topic.decode(topic.encode(numbers, 'a'), 'a')).toEqual(numbers)
    const stripped = defineTopic({ schema: z.object({ a: z.number() }), codec: plainJson })
    expect(stripped.encode(Object.assign({ a: 1 }, { b: numbers }), 'a').toString()).toBe('{"a":1}')
  })

  test('cannot be counted if reading it throws, which ends nothing else', () => {
    const fail = () => {
      throw new Error('out of order')
    }
    const values = [
      () => Object.defineProperty({}, 'a', { get: fail, enumerable: true }),
      () => new Proxy({}, { ownKeys: fail })
    ]
    for (const value of values) {
      const topic = defineTopic({ schema: z.any(), codec: made(value) })
      const told = expect.stringContaining('out of order')
      expect(() => topic.decode(Buffer.from('1'), 'a')).toThrow(
        expect.objectContaining({ code: 'ERR_DECODE_FAILED', topic: 'a', message: told })
      )
      expect(() => topic.encode(value(), 'a')).toThrow(
        expect.objectContaining({ code: 'ERR_INVALID_MESSAGE', topic: 'a', message: told })
      )
    }
  })

  test('may throw when it is looked at again, which ends nothing else either', () => {
    const codes = new Set<string>()
    for (let touches = 0; touches < 12; touches++) {
      let left = touches
      const value = () =>
        new Proxy([1], {
          get(target, key) {
            if (left-- === 0) throw new Error('out of order')
            return Reflect.get(target, key)
          }
        })
      try {
        defineTopic({ schema: v.any(), codec: made(value) }).decode(Buffer.from('2'), 'a')
      } catch (error) {
        codes.add(PeersocketsError.is(error) ? error.code : String(error))
      }
    }
    expect([...codes]).toEqual(['ERR_DECODE_FAILED'])
  })

  test('is refused to its sender too, with the way out', async () => {
    const { parties: both } = await parties()
    const [ada, bob] = both
    const room = ada.sockets.join(
      defineTopic({ name: 'a', codec: plainJson, schema: z.array(z.number()), maxValues: 10 })
    )
    expect(() => room.send(Array(10).fill(1000), keyOf(bob))).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_MESSAGE', message: expect.stringContaining('maxValues') })
    )
    room.send(Array(9).fill(1000), keyOf(bob))
  })

  test('may be allowed', async () => {
    const { parties: both } = await parties()
    const [ada, bob] = both
    const topic = defineTopic({
      name: 'a',
      codec: plainJson,
      schema: z.array(z.number()),
      maxValues: 100_001
    })
    const heard = vi.fn()
    bob.sockets.join(topic, { onmessage: message => heard(message.length) })
    const room = ada.sockets.join(topic)
    await settled()
    room.send(Array(100_000).fill(1), keyOf(bob))
    await settled()
    expect(heard.mock.calls).toEqual([[100_000]])
  })

  test.each([0, -1, 1.5, Number.NaN, '7'])('is not counted by %s: ERR_INVALID_ARGUMENT', maxValues => {
    // @ts-expect-error what JavaScript may pass
    expect(() => defineTopic({ name: 'a', codec: plainJson, schema: list, maxValues })).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' })
    )
  })
})
