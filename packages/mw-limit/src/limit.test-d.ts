import type { Middleware, Peer } from 'peersockets'
import { expectTypeOf, test } from 'vitest'
import { type LimitOptions, limit, type Violation } from './limit.js'

test('limit() makes a middleware, and needs options', () => {
  expectTypeOf(limit).returns.toEqualTypeOf<Middleware>()
  expectTypeOf(limit).parameter(0).toEqualTypeOf<LimitOptions>()
})

test('a limit that may be missing is not a limit', () => {
  expectTypeOf<{ framesPerSecond: 50; burst: 2 }>().toExtend<LimitOptions>()
  expectTypeOf<{ framesPerSecond: number | undefined }>().not.toExtend<LimitOptions>()
  expectTypeOf<{ maxFrameBytes: string }>().not.toExtend<LimitOptions>()
})

test('a violation tells the peer, the topic and the kind', () => {
  expectTypeOf<Violation['peer']>().toEqualTypeOf<Peer>()
  expectTypeOf<Violation['topic']>().toEqualTypeOf<string>()
  expectTypeOf<Violation['kind']>().toEqualTypeOf<'frames' | 'bytes' | 'size'>()
})
