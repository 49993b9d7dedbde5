import { deserialize, serialize } from 'node:v8'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { type } from 'arktype'
import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, test, vi } from 'vitest'
import * as z from 'zod'
import * as mini from 'zod/mini'
import type { Codec } from '../plugin.js'
import { plainJson } from '../test-support/codecs.js'
import { keyOf, parties, settled } from '../test-support/parties.js'
import { defineTopic } from './definition.js'

/** Carries dates, bytes, Maps and Sets. */
const clone: Codec = {
  name: 'clone',
  encode: value => serialize(value),
  decode: bytes => deserialize(bytes)
}

const isoDate = z.codec(z.iso.datetime(), z.date(), {
  decode: text => new Date(text),
  encode: date => date.toISOString()
})

/** What a peer with the same definition gets, through the bytes. */
function arriving(schema: StandardSchemaV1, message: unknown, codec: Codec = plainJson): unknown {
  const topic = defineTopic({ schema, codec })
  return topic.decode(topic.encode(message, 'chat'), 'chat')
}

/** What becomes of a message from a peer that sends without a schema. */
function received(schema: StandardSchemaV1, message: unknown, codec: Codec = plainJson): unknown {
  return defineTopic({ schema, codec }).decode(codec.encode(message), 'chat')
}

const unsupported = (place = '') =>
  expect.objectContaining({
    code: 'ERR_UNSUPPORTED_SCHEMA',
    topic: 'chat',
    message: expect.stringContaining(place)
  })

const increase = (n: number) => n * 100

/** Adds one to what is in the value itself, and says that it is fine. */
const count = (value: { n: number }) => {
  value.n += 1
  return true
}

type Row = readonly [what: string, schema: StandardSchemaV1, message: unknown, place: string]

const restless: readonly Row[] = [
  ['valibot: a transform', v.pipe(v.number(), v.transform(increase)), 5, 'message '],
  [
    'valibot: in what may be missing',
    v.object({ n: v.optional(v.pipe(v.number(), v.transform(increase))) }),
    { n: 5 },
    'message.n '
  ],
  [
    'valibot: in a list',
    v.object({
      list: v.array(
        v.pipe(
          v.string(),
          v.transform(text => `${text}!`)
        )
      )
    }),
    { list: ['a'] },
    'message.list[0] '
  ],
  [
    'valibot: one of several',
    v.union([
      v.string(),
      v.pipe(
        v.number(),
        v.transform(n => n + 1)
      )
    ]),
    1,
    'message '
  ],
  [
    'valibot: for some values only',
    v.object({
      n: v.pipe(
        v.number(),
        v.transform(n => (n > 10 ? n + 1 : n))
      )
    }),
    { n: 11 },
    'message.n '
  ],
  [
    'valibot: what turns back when it is run twice',
    v.pipe(
      v.number(),
      v.transform(n => -n)
    ),
    5,
    'message '
  ],
  [
    'valibot: in the place of the value itself',
    v.pipe(v.looseObject({ n: v.number() }), v.check(count)),
    { n: 1 },
    'message.n '
  ],
  [
    'valibot: in a value that it does not copy',
    v.pipe(
      v.custom<{ n: number }>(() => true),
      v.check(count)
    ),
    { n: 1 },
    'message.n '
  ],
  ['arktype: a morph', type({ n: ['number', '=>', increase] }), { n: 5 }, 'message.n '],
  ['arktype: in what may be missing', type({ 'n?': ['number', '=>', increase] }), { n: 5 }, 'message.n '],
  ['zod: overwrite', z.object({ n: z.number().overwrite(increase) }), { n: 5 }, 'message.n '],
  [
    'zod: overwrite of an object',
    z.object({ n: z.number() }).overwrite(({ n }) => ({ n: n + 1 })),
    { n: 5 },
    'message.n '
  ],
  [
    'zod: a check that writes',
    z.object({
      text: z.string().check(ctx => {
        ctx.value = `${ctx.value}!`
      })
    }),
    { text: 'a' },
    'message.text '
  ],
  [
    'zod: superRefine that writes',
    z.object({
      text: z.string().superRefine((text, ctx) => {
        ctx.value = `${text}!`
      })
    }),
    { text: 'a' },
    'message.text '
  ],
  [
    'zod: superRefine that writes into the object',
    z.object({ n: z.number() }).superRefine(value => {
      count(value)
    }),
    { n: 1 },
    'message.n '
  ],
  [
    'zod: refine that writes into the object',
    z.object({ n: z.number() }).refine(count),
    { n: 1 },
    'message.n '
  ],
  [
    'zod: a type of its own that writes',
    z.custom<{ n: number }>(value => count(Object(value))),
    { n: 1 },
    'message.n '
  ],
  [
    'zod: when',
    z.object({ n: z.number() }).refine(() => true, { when: ({ value }) => count(Object(value)) }),
    { n: 1 },
    'message.n '
  ],
  [
    'zod: beside a codec',
    z.object({ at: isoDate.optional(), n: z.number().overwrite(increase) }),
    { n: 5 },
    'message.n '
  ],
  [
    'zod: behind a lazy schema',
    z.object({ n: z.lazy(() => z.number().overwrite(increase)) }),
    { n: 5 },
    'message.n '
  ],
  ['zod: in a list', z.array(z.string().overwrite(text => `${text}!`)), ['a'], 'message[0] '],
  ['zod: a value of a record', z.record(z.string(), z.number().overwrite(increase)), { a: 5 }, 'message.a '],
  [
    'zod/mini: overwrite',
    mini.object({ n: mini.number().check(mini.overwrite(increase)) }),
    { n: 5 },
    'message.n '
  ]
]

describe('a schema that changes a value whenever it runs', () => {
  test.each(restless)('is refused by the sender, with the place: %s', (_what, schema, message, place) => {
    expect(() => arriving(schema, structuredClone(message))).toThrow(unsupported(place))
  })

  test.each(restless)('is reported by a receiver that alone has it: %s', (_what, schema, message) => {
    expect(() => received(schema, message)).toThrow(unsupported())
  })

  test('is found in any message, not in the first one alone', () => {
    const schema = v.object({ n: v.optional(v.pipe(v.number(), v.transform(increase))) })
    const topic = defineTopic({ schema, codec: plainJson })
    expect(topic.decode(topic.encode({}, 'chat'), 'chat')).toEqual({})
    expect(() => topic.encode({ n: 5 }, 'chat')).toThrow(unsupported('message.n '))
    expect(() => topic.encode({ n: 5 }, 'chat')).toThrow(unsupported('message.n '))
  })

  test('of zod is not delivered by a receiver that has a transform', () => {
    const schema = z.object({ n: z.number().transform(n => n + 1) })
    expect(() => received(schema, { n: 1 })).toThrow(unsupported('message.n'))
  })

  test('is one whose z.codec does not undo on one side what it does on the other', () => {
    const schema = z.codec(z.number(), z.number(), { decode: n => n + 1, encode: n => n })
    expect(() => arriving(schema, 1)).toThrow(unsupported('message '))
  })

  test('is found in bytes without a codec too', () => {
    const schema = z.instanceof(Uint8Array).overwrite(bytes => new Uint8Array(bytes.length + 1))
    const inPlace = z.instanceof(Uint8Array).refine(bytes => bytes.fill(bytes.length + Number(bytes[0])))
    for (const topic of [defineTopic({ schema }), defineTopic({ schema: inPlace })]) {
      expect(() => topic.encode('abc', 'chat')).toThrow(unsupported('message '))
      expect(() => topic.decode(Buffer.from('abc'), 'chat')).toThrow(unsupported('message '))
    }
  })

  test('is found where the codec carries dates, bytes, Maps and Sets', () => {
    const later = v.pipe(
      v.date(),
      v.transform(date => new Date(date.getTime() + 1))
    )
    const longer = v.pipe(
      v.instance(Uint8Array),
      v.transform(bytes => Buffer.concat([bytes, bytes]))
    )
    for (const [schema, message, place] of [
      [v.object({ at: later }), { at: new Date(0) }, 'message.at '],
      [v.object({ data: longer }), { data: Buffer.from('a') }, 'message.data '],
      [v.map(v.string(), later), new Map([['a', new Date(0)]]), 'message.a '],
      [v.set(v.pipe(v.number(), v.transform(increase))), new Set([5]), 'message[0] ']
    ] as const) {
      expect(() => arriving(schema, message, clone)).toThrow(unsupported(place))
    }
  })
})

describe('what may run twice without harm goes on working', () => {
  test.each<readonly [string, StandardSchemaV1, unknown, unknown]>([
    [
      'zod: trim and lower case',
      z.object({ tag: z.string().trim().toLowerCase().max(3) }),
      { tag: ' P2P ' },
      { tag: 'p2p' }
    ],
    ['zod: an address', z.url(), ' https://example.org/a ', 'https://example.org/a'],
    ['zod: a default', z.object({ n: z.number().default(3) }), { n: 5 }, { n: 5 }],
    ['zod: what is frozen', z.object({ a: z.string() }).readonly(), { a: 'a' }, { a: 'a' }],
    ['zod: a coercion', z.object({ n: z.coerce.number() }), { n: 5 }, { n: 5 }],
    ['zod: unknown keys', z.object({ a: z.string() }), { a: 'a', b: 1 }, { a: 'a' }],
    [
      'zod: a check of an object',
      z.object({ a: z.number(), b: z.number() }).refine(({ a, b }) => a < b),
      { a: 1, b: 2 },
      { a: 1, b: 2 }
    ],
    ['zod: a date as text', z.object({ at: isoDate }), { at: new Date(5) }, { at: new Date(5) }],
    [
      'zod: an address as an object',
      z.codec(z.url(), z.instanceof(URL), { decode: text => new URL(text), encode: url => url.href }),
      new URL('https://example.org/'),
      new URL('https://example.org/')
    ],
    ['zod: text for a boolean', z.stringbool(), true, true],
    [
      'valibot: trim and lower case',
      v.object({ tag: v.pipe(v.string(), v.trim(), v.toLowerCase()) }),
      { tag: ' P2P ' },
      { tag: 'p2p' }
    ],
    ['valibot: a default', v.object({ n: v.optional(v.number(), 3) }), {}, { n: 3 }],
    ['valibot: a fallback', v.object({ n: v.fallback(v.number(), 3) }), { n: 'x' }, { n: 3 }],
    ['valibot: a limit', v.pipe(v.number(), v.toMaxValue(10)), 11, 10],
    ['valibot: unknown keys', v.object({ a: v.string() }), { a: 'a', b: 1 }, { a: 'a' }],
    ['arktype: trim', type({ a: 'string.trim' }), { a: ' a ' }, { a: 'a' }],
    ['arktype: a default', type({ n: 'number = 3' }), {}, { n: 3 }]
  ])('%s', (_what, schema, message, arrived) => {
    expect(arriving(schema, message)).toEqual(arrived)
  })

  test.each<readonly [string, StandardSchemaV1, unknown, unknown]>([
    ['zod: trim', z.object({ tag: z.string().trim() }), { tag: ' a ' }, { tag: 'a' }],
    ['zod: a default', z.object({ n: z.number().default(3) }), {}, { n: 3 }],
    ['zod: unknown keys', z.object({ a: z.string().trim() }), { b: 1, a: 'a' }, { a: 'a' }],
    [
      'valibot: a default of another value each time',
      v.object({ id: v.optional(v.string(), () => crypto.randomUUID()) }),
      {},
      { id: expect.any(String) }
    ],
    ['valibot: unknown keys', v.object({ a: v.string() }), { b: 1, a: 'a' }, { a: 'a' }],
    ['arktype: trim', type({ a: 'string.trim' }), { a: ' a ' }, { a: 'a' }]
  ])('when only the receiver does it: %s', (_what, schema, message, arrived) => {
    expect(received(schema, message)).toEqual(arrived)
  })

  test('a z.codec that seals with another nonce each time', () => {
    let nonce = 0
    const sealed = z.codec(z.string(), z.object({ n: z.number() }), {
      decode: text => JSON.parse(text.slice(text.indexOf(':') + 1)),
      encode: value => `${nonce++}:${JSON.stringify(value)}`
    })
    expect(arriving(z.object({ sealed, tag: z.string().trim() }), { sealed: { n: 1 }, tag: ' a' })).toEqual({
      sealed: { n: 1 },
      tag: 'a'
    })
  })

  test('a codec that has several forms for a value', () => {
    let salt = 0
    const salted: Codec = {
      name: 'salted',
      encode: value => Buffer.from(`${' '.repeat(++salt)}${JSON.stringify(value)}`),
      decode: plainJson.decode
    }
    const schema = v.object({ a: v.pipe(v.string(), v.trim()) })
    expect(arriving(schema, { a: ' a' }, salted)).toEqual({ a: 'a' })
  })

  test('a message in another form than ours: with its keys in another order, or with blanks', () => {
    const topic = defineTopic({ schema: v.object({ a: v.string(), b: v.number() }), codec: plainJson })
    expect(topic.decode(Buffer.from(' { "b": 1, "a" : "a" } '), 'chat')).toEqual({ a: 'a', b: 1 })
  })

  test('whatever the value: a text that is trimmed arrives trimmed', () => {
    const schema = z.object({ text: z.string().trim() })
    const other = v.object({ text: v.pipe(v.string(), v.trim()) })
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), text => {
        expect(arriving(schema, { text })).toEqual({ text: text.trim() })
        expect(arriving(other, { text })).toEqual({ text: text.trim() })
      })
    )
  })
})

describe('a schema that throws', () => {
  const broken = () => {
    throw new Error('broken')
  }
  const throwing: readonly (readonly [string, StandardSchemaV1, unknown, Codec, string])[] = [
    [
      'zod: bytes that cannot be frozen',
      z.instanceof(Uint8Array).readonly(),
      Buffer.from('a'),
      clone,
      'freeze'
    ],
    [
      'zod: in a field',
      z.object({ data: z.instanceof(Uint8Array).readonly() }),
      { data: Buffer.from('a') },
      clone,
      'freeze'
    ],
    ['zod: a check', z.string().refine(broken), 'a', plainJson, 'broken'],
    [
      'zod: a z.codec that decodes',
      z.codec(z.string(), z.string(), { decode: broken, encode: text => text }),
      'a',
      plainJson,
      'broken'
    ],
    ['zod: a schema to come', z.object({ a: z.lazy(broken) }), { a: 1 }, plainJson, 'broken'],
    ['valibot: a check', v.pipe(v.string(), v.check(broken)), 'a', plainJson, 'broken'],
    ['arktype: a check', type('string').narrow(broken), 'a', plainJson, 'broken']
  ]

  test.each(throwing)(
    'is refused by the sender, with what it threw: %s',
    (_what, schema, message, codec, text) => {
      expect(() => arriving(schema, message, codec)).toThrow(unsupported(text))
      expect(() => arriving(schema, message, codec)).toThrow(unsupported('The schema threw'))
    }
  )

  test.each(throwing)(
    'is no fault of the peer that the receiver would disconnect: %s',
    async (_what, schema, message, codec) => {
      const {
        parties: [ada, bob]
      } = await parties()
      const onmessage = vi.fn()
      bob.sockets.join(defineTopic({ name: 'chat', schema, codec, onviolation: 'disconnect' }), { onmessage })
      const room = ada.sockets.join(defineTopic({ name: 'chat', codec }))
      await settled()
      room.send(message, keyOf(bob))
      await settled()
      expect(bob.codes()).toEqual(['ERR_UNSUPPORTED_SCHEMA'])
      expect([room.peers.size, onmessage.mock.calls]).toEqual([1, []])
    }
  )

  test('when it says what is wrong with a message is contained too', () => {
    expect(() => received(z.string({ error: broken }), 1)).toThrow(unsupported('broken'))
  })
})

describe('what the receiver would not take is refused to the sender', () => {
  test('because the codec loses what the schema asks for', () => {
    const schema = v.object({ at: v.date() })
    expect(() => arriving(schema, { at: new Date(0) })).toThrow(unsupported('message.at'))
  })

  test('because a z.codec makes of it what it does not take', () => {
    const schema = z.object({
      at: z.codec(z.string(), z.date(), { decode: text => new Date(text), encode: () => 'yesterday' })
    })
    expect(() => arriving(schema, { at: new Date(0) })).toThrow(unsupported('message.at'))
  })

  test('because the codec cannot read what it wrote', () => {
    const codec: Codec = {
      ...plainJson,
      decode: () => {
        throw new Error('not mine')
      }
    }
    const topic = defineTopic({ schema: v.string(), codec })
    expect(() => topic.encode('a', 'chat')).toThrow(
      expect.objectContaining({ code: 'ERR_ENCODE_FAILED', message: expect.stringContaining('not mine') })
    )
  })
})

describe('trying a schema out', () => {
  test('is done for none that is known to check only: it runs once for a message, on each side', () => {
    const runs = vi.fn(() => true)
    const topic = defineTopic({ schema: z.object({ text: z.string().refine(runs) }), codec: plainJson })
    const bytes = topic.encode({ text: 'a' }, 'chat')
    expect(runs).toHaveBeenCalledTimes(1)
    topic.decode(bytes, 'chat')
    expect(runs).toHaveBeenCalledTimes(2)
  })

  test('changes nothing in the bytes that are sent', () => {
    const views: Codec = {
      name: 'views',
      encode: value => Buffer.from(Object(value)),
      decode: bytes => bytes
    }
    const upper = z.instanceof(Uint8Array).refine(bytes => {
      for (const [at, byte] of bytes.entries()) bytes[at] = byte & 0xdf
      return true
    })
    expect(defineTopic({ schema: upper, codec: views }).encode(Buffer.from('abc'), 'chat').toString()).toBe(
      'ABC'
    )
  })
})
