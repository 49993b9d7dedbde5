import { testSchema } from '@peersockets/testing'
import { type } from 'arktype'
import * as v from 'valibot'
import { describe, test } from 'vitest'
import * as z from 'zod'
import * as mini from 'zod/mini'

const samples = [
  { from: 'ada', text: 'hi' },
  { from: 'ada', text: '', to: ['bob', 'eve'] }
]
const refuses = [
  { value: { from: 'ada' }, path: ['text'] },
  { value: { from: 3, text: 'hi' }, path: ['from'] },
  { value: { from: 'ada', text: 'hi', to: ['bob', 3] }, path: ['to', 1] },
  { value: 'hi', path: [] }
]

describe.each([
  ['zod', z.object({ from: z.string(), text: z.string(), to: z.optional(z.array(z.string())) })],
  [
    'zod/mini',
    mini.object({ from: mini.string(), text: mini.string(), to: mini.optional(mini.array(mini.string())) })
  ],
  ['valibot', v.object({ from: v.string(), text: v.string(), to: v.optional(v.array(v.string())) })],
  ['arktype', type({ from: 'string', text: 'string', 'to?': 'string[]' })]
])('a schema of %s', (_library, schema) => {
  testSchema(schema, { test, samples, refuses })
})

describe('a schema with a codec of zod', () => {
  const date = z.codec(z.iso.datetime(), z.date(), {
    decode: text => new Date(text),
    encode: date => date.toISOString()
  })
  testSchema(z.object({ at: date }), {
    test,
    samples: [{ at: new Date(0) }, { at: new Date(1_700_000_000_123) }],
    refuses: [
      { value: { at: '1970-01-01T00:00:00.000Z' }, path: ['at'], when: 'sent' },
      { value: { at: new Date(0) }, path: ['at'], when: 'received' },
      { value: { at: 'yesterday' }, path: ['at'] }
    ]
  })
})
