import type { Middleware, Peer } from 'peersockets/plugin'
import { expectTypeOf, test } from 'vitest'
import { type Excess, type LimitOptions, limit } from './limit.js'

test('limit() makes a middleware, and needs options', () => {
  expectTypeOf(limit).returns.toEqualTypeOf<Middleware>()
  expectTypeOf(limit).parameter(0).toEqualTypeOf<LimitOptions>()
})

test('a limit that may be missing is not a limit', () => {
  expectTypeOf<{ framesPerSecond: 50; burst: 2 }>().toExtend<LimitOptions>()
  expectTypeOf<{ framesPerSecond: number | undefined }>().not.toExtend<LimitOptions>()
  expectTypeOf<{ maxFrameBytes: string }>().not.toExtend<LimitOptions>()
})

test('a limit is of messages or of frames', () => {
  expectTypeOf<{
    messagesPerSecond: 50
    bytesPerSecond: 1000
    maxMessageBytes: 100
  }>().toExtend<LimitOptions>()
  expectTypeOf<{ maxFrameBytes: 100; bytesPerSecond: 1000 }>().toExtend<LimitOptions>()
  expectTypeOf<{ bytesPerSecond: 1000 }>().toExtend<LimitOptions>()
  expectTypeOf<{ messagesPerSecond: 50; framesPerSecond: 50 }>().not.toExtend<LimitOptions>()
  expectTypeOf<{ messagesPerSecond: 50; maxFrameBytes: 100 }>().not.toExtend<LimitOptions>()
})

test('an excess tells the peer, the topic and the kind', () => {
  expectTypeOf<Excess['peer']>().toEqualTypeOf<Peer>()
  expectTypeOf<Excess['topic']>().toEqualTypeOf<string>()
  expectTypeOf<Excess['kind']>().toEqualTypeOf<'messages' | 'frames' | 'bytes' | 'size'>()
})
