import type { Codec } from 'peersockets'
import { expectTypeOf, test } from 'vitest'
import { type JsonOptions, json } from './index.js'

test('json() is a codec of peersockets', () => {
  expectTypeOf(json()).toEqualTypeOf<Codec>()
  expectTypeOf(json({ maxDepth: 8 })).toEqualTypeOf<Codec>()
  expectTypeOf(json).parameter(0).toEqualTypeOf<JsonOptions | undefined>()
})

test('an option that does not exist is a mistake', () => {
  // @ts-expect-error: the name is maxDepth
  json({ maxdepth: 8 })
})
