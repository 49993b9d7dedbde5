import type { Middleware } from 'peersockets'
import { expectTypeOf, test } from 'vitest'
import { type DeflateOptions, deflate } from './deflate.js'

test('deflate() makes a middleware', () => {
  expectTypeOf(deflate).returns.toEqualTypeOf<Middleware>()
  expectTypeOf(deflate).parameter(0).toEqualTypeOf<DeflateOptions | undefined>()
})

test('its options are numbers', () => {
  expectTypeOf<{ level: 6; threshold: 256 }>().toExtend<DeflateOptions>()
  expectTypeOf<{ level: string }>().not.toExtend<DeflateOptions>()
  expectTypeOf<{ maxInflatedBytes: number | undefined }>().not.toExtend<DeflateOptions>()
})
