import type { Middleware } from 'peersockets/plugin'
import { expectTypeOf, test } from 'vitest'
import { type EncryptOptions, encrypt } from './encrypt.js'

test('encrypt() makes a middleware, and needs options', () => {
  expectTypeOf(encrypt).returns.toEqualTypeOf<Middleware>()
  expectTypeOf(encrypt).parameter(0).toEqualTypeOf<EncryptOptions>()
})

test('a key is bytes, and there is one way to give it', () => {
  expectTypeOf<{ key: Buffer }>().toExtend<EncryptOptions>()
  expectTypeOf<{ key: Uint8Array }>().toExtend<EncryptOptions>()
  expectTypeOf<{ keys: readonly [Buffer, Uint8Array] }>().toExtend<EncryptOptions>()
  expectTypeOf<{ key: string }>().not.toExtend<EncryptOptions>()
  expectTypeOf<{ keys: string[] }>().not.toExtend<EncryptOptions>()
  expectTypeOf<{ key: Buffer; keys: Buffer[] }>().not.toExtend<EncryptOptions>()
  expectTypeOf<Record<never, never>>().not.toExtend<EncryptOptions>()
})

test('a key that may be missing is not a key', () => {
  expectTypeOf<{ key: Buffer | undefined }>().not.toExtend<EncryptOptions>()
  expectTypeOf<{ keys: Buffer[] | undefined }>().not.toExtend<EncryptOptions>()
})
