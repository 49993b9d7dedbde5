import type { StandardSchemaV1 } from '@standard-schema/spec'
import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { plainJson } from '../test-support/codecs.js'
import { defineTopic } from './definition.js'

const isoDate = z.codec(z.iso.datetime(), z.date(), {
  decode: text => new Date(text),
  encode: date => date.toISOString()
})

type Row = readonly [what: string, schema: StandardSchemaV1, text: string, path: readonly PropertyKey[]]

const losing: readonly Row[] = [
  ['zod: a record', z.record(z.string(), z.number()), '{"__proto__":1,"a":1}', ['__proto__']],
  ['zod: a loose object', z.looseObject({}), '{"__proto__":{"a":1}}', ['__proto__']],
  ['zod: an object with a catchall', z.object({}).catchall(z.number()), '{"__proto__":1}', ['__proto__']],
  ['zod: an object that drops what it does not know', z.object({}), '{"__proto__":1}', ['__proto__']],
  [
    'zod: beside a codec',
    z.record(z.string(), z.union([z.number(), isoDate])),
    '{"__proto__":1}',
    ['__proto__']
  ],
  [
    'zod: further in',
    z.object({ a: z.array(z.record(z.string(), z.number())) }),
    '{"a":[{},{"__proto__":1}]}',
    ['a', 1, '__proto__']
  ],
  ['valibot: a record', v.record(v.string(), v.number()), '{"__proto__":1}', ['__proto__']],
  ['valibot: a loose object', v.looseObject({}), '{"__proto__":1}', ['__proto__']],
  [
    'valibot: a word that is the name of a property',
    v.record(v.string(), v.number()),
    '{"constructor":1}',
    ['constructor']
  ],
  [
    'valibot: another one',
    v.object({ words: v.record(v.string(), v.number()) }),
    '{"words":{"prototype":1}}',
    ['words', 'prototype']
  ],
  [
    'arktype: an object that drops what it does not know',
    type({ '+': 'delete', a: 'number' }),
    '{"__proto__":1,"a":1}',
    ['__proto__']
  ],
  [
    'one that sets the prototype of its copy',
    v.pipe(
      v.any(),
      v.transform(value => Object.assign({}, value))
    ),
    '{"__proto__":{"a":1}}',
    ['__proto__']
  ]
]

describe('a key that the schema leaves out without a word', () => {
  test.each(losing)('is refused to its sender, with the place: %s', (_what, schema, text, path) => {
    const topic = defineTopic({ schema, codec: plainJson })
    const issue = { path, message: expect.stringContaining('key') }
    const message: unknown = JSON.parse(text)
    expect(() => topic.encode(message, 'chat')).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_MESSAGE', issues: [issue] })
    )
  })

  test.each(losing)('is reported by the receiver, who would miss it: %s', (_what, schema, text, path) => {
    const topic = defineTopic({ schema, codec: plainJson })
    expect(() => topic.decode(Buffer.from(text), 'chat')).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_MESSAGE', issues: [expect.objectContaining({ path })] })
    )
  })

  test.each<readonly [string, StandardSchemaV1, string]>([
    ['zod: anything', z.object({ a: z.unknown() }), '{"a":{"__proto__":{"b":1}}}'],
    ['zod: a record of other words', z.record(z.string(), z.number()), '{"constructor":1,"prototype":2}'],
    ['valibot: anything', v.any(), '{"__proto__":1,"constructor":2}'],
    ['arktype: a record', type('Record<string, number>'), '{"__proto__":1,"prototype":2}']
  ])('is none where the schema keeps it: %s', (_what, schema, text) => {
    const topic = defineTopic({ schema, codec: plainJson })
    const bytes = topic.encode(JSON.parse(text), 'chat')
    expect(bytes.toString()).toBe(text)
    expect(JSON.stringify(topic.decode(bytes, 'chat'))).toBe(text)
  })

  test('is of no concern in what is left out as a whole', () => {
    const topic = defineTopic({ schema: z.object({ a: z.number() }), codec: plainJson })
    expect(topic.decode(Buffer.from('{"a":1,"b":{"__proto__":1}}'), 'chat')).toEqual({ a: 1 })
  })
})
