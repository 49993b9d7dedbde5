import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expectTypeOf, test } from 'vitest'
import * as z from 'zod'
import type { Peersockets } from '../peersockets.js'
import type { Codec, Peer } from '../plugin.js'
import { defineTopic, type Infer, type Sendable, type Topic } from './definition.js'
import type { TopicHandle } from './handle.js'

declare const codec: Codec
declare const sockets: Peersockets
declare const peer: Peer
declare const isPrivate: boolean

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
declare const chatCodec: Codec<Chat>
// biome-ignore lint/suspicious/noExplicitAny: what is tested is that a codec may be declared so
declare const anyCodec: Codec<any>

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
    expectTypeOf(sockets.join(defineTopic({ name: 'a', codec }))).toEqualTypeOf<TopicHandle<unknown>>()
  })

  test('a codec for values of one kind carries those', () => {
    const topic = defineTopic({ name: 'a', codec: chatCodec })
    expectTypeOf(topic).toEqualTypeOf<Topic<Chat>>()
    const room = sockets.join(topic, { onmessage: message => expectTypeOf(message).toEqualTypeOf<Chat>() })
    expectTypeOf(room.send).parameter(0).toEqualTypeOf<Chat>()
    // @ts-expect-error a field is missing
    room.send({ from: 'ada' }, peer)
    const anything = defineTopic({ name: 'a', codec: anyCodec })
    expectTypeOf(sockets.join(anything).send).parameter(0).toBeAny()
    // A codec of one kind is a codec, as far as anybody can use it who does not know the kind.
    expectTypeOf(chatCodec).toExtend<Codec>()
  })

  test('and without a codec a topic carries bytes', () => {
    type Raw = TopicHandle<Buffer>
    expectTypeOf(sockets.join('a').send).parameter(0).toEqualTypeOf<Buffer | Uint8Array | string>()
    expectTypeOf(sockets.join(defineTopic({ name: 'a' }))).toEqualTypeOf<Raw>()
    expectTypeOf(sockets.join(defineTopic({ schema: z.instanceof(Uint8Array) }))).toEqualTypeOf<Raw>()
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

  test('what a public topic cannot have', () => {
    const secret = Buffer.alloc(32)
    // @ts-expect-error a public topic has no secret
    defineTopic({ name: 'a', codec, private: false, secret })
    // @ts-expect-error a public topic has no secret
    defineTopic({ name: 'a', private: false, secret })
    // @ts-expect-error a public topic has no secret
    defineTopic({ name: 'a', codec, schema: z.string(), private: false, secret })
    // @ts-expect-error a public topic never batches
    defineTopic({ name: 'a', codec, private: false, batch: true })
    // @ts-expect-error a public topic never batches
    defineTopic({ name: 'a', codec, schema: z.string(), private: false, batch: true })
    // @ts-expect-error it may turn out to be public
    defineTopic({ name: 'a', private: isPrivate, secret })
    defineTopic({ name: 'a', private: isPrivate })
    defineTopic({ name: 'a', private: true, secret, batch: false })
    defineTopic({ name: 'a', private: false, batch: false })
    defineTopic({ name: 'a', private: false, secret: undefined })
    defineTopic({ name: 'a', ...(isPrivate ? { secret } : { private: false }) })
  })

  test('a secret of text', () => {
    // @ts-expect-error a secret is bytes
    defineTopic({ name: 'a', secret: 'a passphrase' })
    defineTopic({ name: 'a', secret: new Uint8Array(32) })
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

describe('bytes in a message of values', () => {
  const file = defineTopic({
    name: 'file',
    schema: z.object({
      name: z.string(),
      data: z.instanceof(Uint8Array),
      more: z.array(z.instanceof(Buffer)).optional()
    }),
    codec
  })

  test('are any bytes: what most functions give, or what z.instanceof says', () => {
    const room = sockets.join(file, {
      onmessage: ({ data }) => expectTypeOf(data).toEqualTypeOf<Uint8Array>()
    })
    expectTypeOf<Infer<typeof fileSchema>>().toEqualTypeOf<{ data: Uint8Array }>()
    const buffer: Buffer = Buffer.from('a')
    const bytes: Uint8Array = buffer
    const own: Uint8Array<ArrayBuffer> = new Uint8Array(1)
    for (const data of [buffer, bytes, own, Buffer.from('a')]) room.send({ name: 'a', data }, peer)
    room.send({ name: 'a', data: buffer, more: [buffer] }, peer)
    // @ts-expect-error text is no bytes in a message of values
    room.send({ name: 'a', data: 'text' }, peer)
    // @ts-expect-error these are to be Buffers
    room.send({ name: 'a', data: buffer, more: [bytes] }, peer)
  })

  const fileSchema = z.object({ data: z.instanceof(Uint8Array) })

  test('are so in any place, and of any library', () => {
    const { send } = sockets.join(
      defineTopic({
        schema: z.union([
          z.map(z.string(), z.instanceof(Uint8Array)),
          z.set(z.instanceof(Uint8Array)),
          z.tuple([z.literal(1), z.instanceof(Uint8Array)]),
          z.record(z.string(), z.instanceof(Uint8Array))
        ]),
        codec
      })
    )
    const bytes: Uint8Array = Buffer.from('a')
    send(new Map([['a', bytes]]), peer)
    send(new Set([bytes]), peer)
    send([1, bytes], peer)
    send({ a: bytes }, peer)
    sockets
      .join(defineTopic({ schema: v.object({ data: v.instance(Uint8Array) }), codec }))
      .send({ data: bytes }, peer)
    sockets
      .join(defineTopic({ schema: type({ data: 'TypedArray.Uint8' }), codec }))
      .send({ data: bytes }, peer)
    sockets.join(defineTopic({ schema: z.instanceof(Uint8Array), codec })).send(bytes, peer)
    const text = z.codec(z.base64(), z.instanceof(Uint8Array), {
      decode: text => Buffer.from(text, 'base64'),
      encode: bytes => Buffer.from(bytes).toString('base64')
    })
    sockets.join(defineTopic({ schema: z.object({ data: text }), codec })).send({ data: bytes }, peer)
  })

  test('leave what stands beside them as it is', () => {
    const schema = z.object({
      data: z.instanceof(Uint8Array),
      url: z.instanceof(URL),
      at: z.date(),
      id: z.string().brand<'id'>(),
      any: z.unknown(),
      more: z.readonly(z.array(z.number())).optional()
    })
    type Url = InstanceType<typeof URL>
    type Id = z.infer<typeof schema>['id']
    expectTypeOf<Infer<typeof schema>>().toEqualTypeOf<{
      data: Uint8Array
      url: Url
      at: Date
      id: Id
      any: unknown
      more?: readonly number[] | undefined
    }>()
  })

  test('may be in a schema that is part of itself', () => {
    const tree = z.object({
      data: z.instanceof(Uint8Array),
      get children(): z.ZodArray<typeof tree> {
        return z.array(tree)
      }
    })
    const bytes: Uint8Array = Buffer.from('a')
    const room = sockets.join(defineTopic({ schema: tree, codec }))
    room.send({ data: bytes, children: [{ data: bytes, children: [] }] }, peer)
    // @ts-expect-error further in, text is no bytes either
    room.send({ data: bytes, children: [{ data: 'text', children: [] }] }, peer)
  })
})

describe('what can be sent', () => {
  test('is the message itself, but for raw ones, where it is bytes and text', () => {
    expectTypeOf<Sendable<Chat>>().toEqualTypeOf<Chat>()
    expectTypeOf<Sendable<Buffer>>().toEqualTypeOf<Buffer | Uint8Array | string>()
    expectTypeOf<Sendable<string>>().toEqualTypeOf<string>()
    expectTypeOf<Sendable<Uint8Array>>().toEqualTypeOf<Uint8Array>()
    expectTypeOf<Sendable<Buffer<ArrayBuffer>>>().toEqualTypeOf<Buffer<ArrayBuffer>>()
    expectTypeOf<Sendable<Buffer | undefined>>().toEqualTypeOf<Buffer | undefined>()
    expectTypeOf<Sendable<Chat | Buffer>>().toEqualTypeOf<Chat | Buffer>()
    expectTypeOf<Sendable<unknown>>().toBeUnknown()
    expectTypeOf<Sendable<never>>().toBeNever()
    // biome-ignore lint/suspicious/noExplicitAny: what is tested
    expectTypeOf<Sendable<any>>().toBeAny()
  })

  test('is what was received, of whatever kind it is', () => {
    function echo<T>(topic: Topic<T>): void {
      const room = sockets.join(topic, { onmessage: (message, from) => room.send(message, from) })
    }
    echo(chat)
    echo(defineTopic({ name: 'a' }))
  })

  test('a topic of any kind is a topic', () => {
    expectTypeOf<Topic<Chat>>().toExtend<Topic>()
    expectTypeOf<Topic<Buffer>>().toExtend<Topic>()
    expectTypeOf<Topic<Chat>>().not.toExtend<Topic<{ size: number }>>()
    expectTypeOf<Topic>().not.toExtend<Topic<Chat>>()
  })
})
