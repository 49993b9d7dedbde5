import { deserialize, serialize } from 'node:v8'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import type { Codec } from '../plugin.js'
import { defineTopic } from './definition.js'
import { asksForKeys } from './keyed-bytes.js'

const clone: Codec = {
  name: 'clone',
  encode: value => serialize(value),
  decode: bytes => deserialize(bytes)
}

const refused = expect.objectContaining({
  code: 'ERR_INVALID_MESSAGE',
  issues: [],
  message: expect.stringContaining('bytes where the schema looks at the keys')
})

describe('bytes in the place of an object', () => {
  const schemas: readonly (readonly [string, StandardSchemaV1])[] = [
    ['zod: a strict object', z.strictObject({ a: z.string() })],
    ['zod: a loose object', z.looseObject({ a: z.string() })],
    ['zod: an object with a catchall', z.object({}).catchall(z.string())],
    ['valibot: a record', v.record(v.string(), v.string())],
    ['valibot: a loose object', v.looseObject({ a: v.string() })],
    ['arktype: a record', type('Record<string, string>')]
  ]

  test.each(schemas)('are not shown to the schema, which would look at each of them: %s', (_what, schema) => {
    const topic = defineTopic({ schema, codec: clone })
    for (const bytes of [Buffer.alloc(100_000), new Float64Array(20_000)])
      expect(() => topic.decode(clone.encode(bytes), 'chat')).toThrow(refused)
  })

  test.each<readonly [string, (bytes: Buffer) => unknown]>([
    ['a list', bytes => [bytes]],
    ['an object', bytes => ({ a: { b: bytes } })],
    ['a Map', bytes => new Map([['a', bytes]])],
    ['a Set', bytes => new Set([bytes])],
    [
      'many places',
      bytes => Array.from({ length: 20 }, (_, at) => bytes.subarray(at * 1000, at * 1000 + 1000))
    ]
  ])('are found in %s', (_what, into) => {
    const strict: z.ZodType = z.strictObject({})
    const schema = z.union([
      z.array(strict),
      z.object({ a: z.object({ b: strict }) }),
      z.map(z.string(), strict),
      z.set(strict)
    ])
    const topic = defineTopic({ schema, codec: clone })
    expect(() => topic.decode(clone.encode(into(Buffer.alloc(20_000))), 'chat')).toThrow(refused)
  })

  test('are refused to their sender too', () => {
    const schema = z.union([z.looseObject({}), z.instanceof(Uint8Array)])
    const topic = defineTopic({ schema, codec: clone })
    expect(() => topic.encode(new Uint8Array(20_000), 'chat')).toThrow('more than 16384 values')
    const strict = defineTopic({
      schema: z.union([z.strictObject({}), z.instanceof(Uint8Array)]),
      codec: clone
    })
    expect(() => strict.encode(new Uint8Array(20_000), 'chat')).toThrow(refused)
  })
})

describe('bytes where the schema asks for bytes', () => {
  test.each<readonly [string, StandardSchemaV1]>([
    [
      'zod',
      z.strictObject({
        name: z.string(),
        data: z.instanceof(Uint8Array).refine(({ length }) => length === 1_000_000)
      })
    ],
    [
      'valibot',
      v.strictObject({ name: v.string(), data: v.pipe(v.instance(Uint8Array), v.length(1_000_000)) })
    ],
    ['arktype', type({ name: 'string', data: 'TypedArray.Uint8' })]
  ])('may be a million in a message: %s', (_what, schema) => {
    const topic = defineTopic({ schema, codec: clone })
    const message = { name: 'a', data: Buffer.alloc(1_000_000, 7) }
    const heard = topic.decode(topic.encode(message, 'chat'), 'chat')
    expect(Buffer.compare(Object(heard).data, message.data)).toBe(0)
  })

  test('are shown as they are, but for their keys', () => {
    const seen: unknown[] = []
    const asked = asksForKeys(
      value => {
        const bytes: Buffer = Object(value).a
        seen.push(bytes instanceof Uint8Array, bytes.length, bytes[1], bytes.toString(), bytes.constructor, [
          ...bytes
        ])
      },
      { a: Buffer.from('abc') }
    )
    expect(seen).toEqual([true, 3, 98, 'abc', Buffer, [97, 98, 99]])
    expect(asked).toBe(false)
  })
})
