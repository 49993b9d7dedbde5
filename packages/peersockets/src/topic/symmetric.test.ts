import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import * as mini from 'zod/mini'
import { conductOf, isSymmetric, oneWayPlaces } from './symmetric.js'

/** A schema that is part of itself. */
const tree = z.object({
  name: z.string(),
  get children(): z.ZodArray<typeof tree> {
    return z.array(tree)
  }
})

const plain: Record<string, z.ZodType> = {
  'a chat message': z.object({ from: z.string(), text: z.string().max(5), at: z.number().int() }),
  'checks of a string': z.string().min(1).max(3).regex(/a/),
  'what changes a string': z.string().trim().toLowerCase().max(3),
  'a format': z.email(),
  'a strict object': z.strictObject({ a: z.boolean(), b: z.optional(z.null()) }),
  'a loose object': z.looseObject({ a: z.unknown() }),
  'an object with a catchall': z.object({ a: z.any() }).catchall(z.number()),
  'a union': z.union([z.string(), z.number(), z.object({ a: z.literal(1) })]),
  'a discriminated union': z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('a'), a: z.string() }),
    z.object({ kind: z.literal('b'), b: z.number() })
  ]),
  'an intersection': z.intersection(z.object({ a: z.string() }), z.object({ b: z.number() })),
  'a record': z.record(z.string().max(2), z.number()),
  'a record of an enum': z.partialRecord(z.enum(['a', 'b']), z.string()),
  'a tuple': z.tuple([z.string(), z.number()], z.boolean()),
  'a map and a set': z.object({ a: z.map(z.string(), z.number()), b: z.set(z.string()) }),
  'null, optional and not': z.object({ a: z.string().nullish(), b: z.string().optional().nonoptional() }),
  'a check of its own': z.object({ a: z.number() }).refine(({ a }) => a > 3, 'too small'),
  'a type of its own': z.custom<number>(value => typeof value === 'number'),
  'bytes and a time': z.object({ a: z.instanceof(Uint8Array), b: z.date() }),
  'a template': z.templateLiteral(['a', z.number()]),
  'a tree': tree
}

const oneWay: Record<string, z.ZodType> = {
  'a codec': z.object({
    at: z.codec(z.string(), z.date(), { decode: s => new Date(s), encode: d => `${d}` })
  }),
  'a transform': z.array(z.string().transform(text => text.length)),
  'a default': z.object({ a: z.string().default('a') }),
  'a prefault': z.object({ a: z.string().prefault('a') }),
  'a catch': z.object({ a: z.string().catch('a') }),
  coercion: z.record(z.string(), z.coerce.number()),
  'a lazy schema': z.union([z.string(), z.lazy(() => z.number())]),
  'a frozen object': z.object({ a: z.string() }).readonly(),
  'a pipe': z.tuple([z.string().pipe(z.string())]),
  'text for a boolean': z.stringbool()
}

/** Values that are near to what the schemas take, and some that are not. */
const leaf = fc.oneof(
  fc.constantFrom<unknown>('a', ' A ', 'abc', 'a@b.cd', 'a1', '', 0, 1, 4, 0.5, true, null, undefined, 1n),
  fc.constantFrom<unknown>(new Date(0), new Uint8Array(2), new Map([['a', 1]]), new Set(['a']), Number.NaN),
  fc.string(),
  fc.double()
)
const { value } = fc.letrec(tie => ({
  value: fc.oneof({ maxDepth: 3 }, leaf, tie('array'), tie('object')),
  array: fc.array(tie('value'), { maxLength: 3 }),
  object: fc.dictionary(
    fc.constantFrom('a', 'b', 'kind', 'from', 'text', 'at', 'name', 'children'),
    tie('value')
  )
}))
const near = fc.oneof(
  value,
  fc.record({ from: leaf, text: leaf, at: leaf }),
  fc.record({ kind: fc.constantFrom('a', 'b', 'c'), a: leaf, b: leaf }),
  fc.record({ name: leaf, children: fc.array(fc.record({ name: leaf, children: fc.constant([]) })) })
)

/** What is against a value may be put into other words. */
function outcomeOf(result: z.ZodSafeParseResult<unknown>): unknown {
  return result.success ? { value: result.data } : 'refused'
}

describe('a schema that only checks', () => {
  test.each(Object.entries(plain))('is known as such: %s', (_, schema) => {
    expect(isSymmetric(schema)).toBe(true)
  })

  test.each(Object.entries(plain))('makes of a value what encoding makes of it: %s', (_, schema) => {
    fc.assert(
      fc.property(near, value => {
        expect(outcomeOf(z.safeParse(schema, value))).toEqual(outcomeOf(z.safeEncode(schema, value)))
      })
    )
  })

  test('is known of zod/mini too', () => {
    expect(isSymmetric(mini.object({ a: mini.string().check(mini.maxLength(3)) }))).toBe(true)
    expect(isSymmetric(mini.object({ a: mini._default(mini.string(), 'a') }))).toBe(false)
  })
})

describe('what a schema does to a value is known by what it is made of:', () => {
  const write = z.string().overwrite(text => text)

  test.each<[string, mini.ZodMiniType]>([
    [
      'checks of texts and numbers',
      z.object({ a: z.string().min(1).max(3).regex(/a/), b: z.number().int().positive() })
    ],
    ['formats', z.object({ a: z.email(), b: z.uuid(), c: z.iso.datetime(), d: z.base64(), e: z.int() })],
    ['a check of its own of a text', z.object({ a: z.string().refine(text => text !== 'b') })],
    ['bytes and a time', z.object({ a: z.instanceof(Uint8Array), b: z.date().min(new Date(0)) })],
    ['what is described', z.object({ a: z.string().describe('a').meta({ b: 1 }) })],
    ['a list with a limit', z.array(z.enum(['a'])).max(3)],
    ['zod/mini', mini.object({ a: mini.string().check(mini.minLength(1)) })],
    ['a tree', tree]
  ])('it checks: %s', (_, schema) => {
    expect(conductOf(schema)).toBe('checks')
  })

  test.each<[string, z.ZodType]>([
    [
      'a codec',
      z.object({ at: z.codec(z.string(), z.date(), { decode: s => new Date(s), encode: d => `${d}` }) })
    ],
    [
      'a default',
      z.object({ a: z.string().default('a'), b: z.string().prefault('b'), c: z.string().catch('c') })
    ],
    ['what is frozen, or comes later', z.lazy(() => z.object({ a: z.string() }).readonly())],
    ['text for a boolean', z.stringbool()],
    ['any JSON', z.json()]
  ])('it declares: %s', (_, schema) => {
    expect(conductOf(schema)).toBe('declares')
  })

  test.each<[string, z.ZodType]>([
    ['a transform', z.string().transform(text => text.length)],
    ['what comes before', z.preprocess(String, z.string())],
    ['a coercion', z.coerce.number()],
    ['what is written', write],
    ['in a list', z.array(write)],
    ['in what may be missing', z.object({ a: write.optional() })],
    ['in a union', z.union([z.number(), write])],
    ['in a key', z.record(write, z.number())],
    ['in a codec', z.codec(write, z.string(), { decode: s => s, encode: s => s })],
    ['behind a codec', z.object({ at: z.stringbool() }).refine(() => true)],
    ['a trimmed text', z.string().trim()],
    ['an address, which is trimmed', z.object({ a: z.url(), b: z.string().url() })],
    ['a check that could write', z.string().check(() => {})],
    ['another one', z.string().superRefine(() => {})],
    ['a check of what can be written to', z.date().refine(() => true)],
    ['a check of bytes', z.instanceof(Uint8Array).refine(() => true)],
    ['a type of its own', z.custom<number>(() => true)],
    ['a check of a property', z.array(z.string()).check(z.property('length', z.number()))],
    ['what says when it checks', z.string().refine(() => true, { when: () => true })]
  ])('nothing: %s', (_, schema) => {
    expect(conductOf(schema)).toBe('unknown')
  })
})

test.each(Object.entries(oneWay))('what may do more is encoded: %s', (_, schema) => {
  expect(isSymmetric(schema)).toBe(false)
})

/** What only goes one way. */
const length = () => z.string().transform(text => text.length)

const folders = z.object({
  size: length(),
  get folders(): z.ZodArray<typeof folders> {
    return z.array(folders)
  }
})

test.each<[what: string, z.ZodType, places: string[]]>([
  ['itself', length(), ['message']],
  ['a field', z.object({ user: z.object({ name: length() }), at: z.date() }), ['message.user.name']],
  ['what comes before', z.object({ tags: z.array(z.preprocess(String, z.string())) }), ['message.tags[]']],
  ['a place in a tuple, and its rest', z.object({ a: z.tuple([length()], length()) }), ['message.a[]']],
  ['a value of a record', z.object({ a: z.record(z.string(), length()) }), ['message.a[]']],
  ['a key of a map', z.map(length(), z.string()), ['message[]']],
  ['a member of a set', z.set(length()), ['message[]']],
  ['one of several', z.object({ a: z.union([z.number(), length()]) }), ['message.a']],
  [
    'what may be missing',
    z.object({ a: length().optional(), b: length().nullable() }),
    ['message.a', 'message.b']
  ],
  [
    'what has a default, a catch, or is frozen',
    z.object({ a: length().default(1).catch(1).readonly() }),
    ['message.a']
  ],
  ['what is made later', z.object({ a: z.lazy(() => z.array(length())) }), ['message.a[]']],
  ['a schema that is part of itself', folders, ['message.size']],
  ['behind a check', z.object({ a: length().refine(size => size > 3) }), ['message.a']],
  ['whether it fits', z.object({ a: z.success(z.string()) }), ['message.a']],
  ['nothing', z.object({ a: z.stringbool(), b: z.string().default('b') }), []]
])('where encoding cannot go is said: %s', (_, schema, places) => {
  expect(oneWayPlaces(schema)).toEqual(places)
})
