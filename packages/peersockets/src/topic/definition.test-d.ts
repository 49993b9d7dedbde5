import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expectTypeOf, test } from 'vitest'
import * as z from 'zod'
import type { Peersockets } from '../peersockets.js'
import type { Codec, Peer } from '../plugin.js'
import { defineTopic } from './definition.js'
import type { TopicHandle } from './handle.js'

declare const codec: Codec
declare const sockets: Peersockets
declare const peer: Peer

const chat = defineTopic({
  name: 'chat',
  schema: z.object({
    from: z.string(),
    at: z.codec(z.iso.datetime(), z.date(), {
      decode: text => new Date(text),
      encode: date => date.toISOString()
    }),
    reply: z.optional(z.number())
  }),
  codec
})
interface Chat {
  from: string
  at: Date
  reply?: number | undefined
}

describe('a zod schema', () => {
  test('decides what send and broadcast take', () => {
    const room = sockets.join(chat)
    expectTypeOf(room.send).parameter(0).toEqualTypeOf<Chat>()
    expectTypeOf(room.broadcast).parameter(0).toEqualTypeOf<Chat>()
    room.send({ from: 'ada', at: new Date() }, peer)
    // @ts-expect-error the encoded form is not what send takes
    room.send({ from: 'ada', at: '2026-01-02T03:04:05Z' }, peer)
    // @ts-expect-error a field is missing
    room.broadcast({ from: 'ada' })
  })

  test('decides what onmessage gets', () => {
    sockets.join(chat, {
      onmessage(message, from) {
        expectTypeOf(message).toEqualTypeOf<Chat>()
        expectTypeOf(from).toEqualTypeOf<Peer>()
      }
    })
  })

  test('decides what the async iterator gives', async () => {
    for await (const { message, peer: from } of sockets.join(chat)) {
      expectTypeOf(message).toEqualTypeOf<Chat>()
      expectTypeOf(from).toEqualTypeOf<Peer>()
    }
  })
})

describe('another Standard Schema', () => {
  test('decides the types as well', () => {
    const valibot = sockets.join(defineTopic({ name: 'a', schema: v.object({ size: v.number() }), codec }))
    expectTypeOf(valibot.send).parameter(0).toEqualTypeOf<{ size: number }>()
    const arktype = sockets.join(defineTopic({ name: 'a', schema: type({ size: 'number' }), codec }))
    expectTypeOf(arktype.send).parameter(0).toEqualTypeOf<{ size: number }>()
  })
})

describe('without a schema', () => {
  test('a codec carries unknown values', () => {
    expectTypeOf(sockets.join(defineTopic({ name: 'a', codec }))).toEqualTypeOf<
      TopicHandle<unknown, unknown>
    >()
  })

  test('and without a codec a topic carries bytes', () => {
    type Raw = TopicHandle<Uint8Array | string, Buffer>
    expectTypeOf(sockets.join(defineTopic({ name: 'a' }))).toEqualTypeOf<Raw>()
    expectTypeOf(sockets.join('a')).toEqualTypeOf<Raw>()
    sockets.join('a', { onmessage: message => expectTypeOf(message).toEqualTypeOf<Buffer>() })
  })
})

describe('mistakes do not compile', () => {
  test('a schema of values without a codec', () => {
    // @ts-expect-error values need a codec
    defineTopic({ name: 'a', schema: z.object({ size: z.number() }) })
  })

  test('an unknown option', () => {
    // @ts-expect-error no such option
    defineTopic({ name: 'a', codec, shema: z.string() })
  })

  test('leave takes any topic, and nothing else', () => {
    sockets.leave(chat)
    sockets.leave('chat')
    sockets.leave()
    // @ts-expect-error a handle is no topic
    sockets.leave(sockets.join(chat))
  })

  test('a reject listener gets an error and a peer', () => {
    sockets.on('reject', (error, from) => {
      expectTypeOf(error.code).toBeString()
      expectTypeOf(from).toEqualTypeOf<Peer>()
    })
    // @ts-expect-error no such event
    sockets.on('message', () => {})
  })
})
