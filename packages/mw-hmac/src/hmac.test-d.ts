import type { Middleware } from 'peersockets/plugin'
import { expectTypeOf, test } from 'vitest'
import { type HmacOptions, hmac } from './index.js'

test('hmac() makes a middleware', () => {
  expectTypeOf(hmac).returns.toEqualTypeOf<Middleware>()
  expectTypeOf(hmac).parameter(0).toEqualTypeOf<HmacOptions | undefined>()
})

test('a key is bytes', () => {
  expectTypeOf<{ key: Buffer }>().toExtend<HmacOptions>()
  expectTypeOf<{ key: Uint8Array; tagBytes: 32 }>().toExtend<HmacOptions>()
  expectTypeOf<{ keys: readonly [Buffer, Uint8Array] }>().toExtend<HmacOptions>()
  expectTypeOf<{ key: string }>().not.toExtend<HmacOptions>()
  expectTypeOf<{ key: number[] }>().not.toExtend<HmacOptions>()
  expectTypeOf<{ keys: string[] }>().not.toExtend<HmacOptions>()
})

test('a key that may be missing is not a key', () => {
  expectTypeOf<{ key: Buffer | undefined }>().not.toExtend<HmacOptions>()
  expectTypeOf<{ keys: Buffer[] | undefined }>().not.toExtend<HmacOptions>()
})
