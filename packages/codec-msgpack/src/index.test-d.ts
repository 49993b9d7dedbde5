import type { Codec } from 'peersockets'
import { expectTypeOf, test } from 'vitest'
import { type MsgpackOptions, msgpack } from './index.js'

test('msgpack() is a codec of peersockets', () => {
  expectTypeOf(msgpack()).toEqualTypeOf<Codec>()
  expectTypeOf(msgpack({ maxDepth: 8 })).toEqualTypeOf<Codec>()
  expectTypeOf(msgpack).parameter(0).toEqualTypeOf<MsgpackOptions | undefined>()
})

test('an option that does not exist is a mistake', () => {
  // @ts-expect-error: the name is maxDepth
  msgpack({ maxdepth: 8 })
})
