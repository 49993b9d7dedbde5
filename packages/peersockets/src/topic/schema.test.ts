import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, test, vi } from 'vitest'
import * as z from 'zod'
import * as mini from 'zod/mini'
import { PeersocketsError } from '../errors.js'
import { plainJson } from '../test-support/codecs.js'
import { keyOf, parties, settled } from '../test-support/parties.js'
import { defineTopic, type Topic } from './definition.js'

/** Sends `value` on `topic`, and gives what the other side's `onmessage` got. */
async function exchange<T>(topic: Topic<T>, value: T): Promise<T[]> {
  const {
    parties: [ada, bob]
  } = await parties()
  const heard: T[] = []
  bob.sockets.join(topic, { name: 'chat', onmessage: message => heard.push(message) })
  ada.sockets.join(topic, { name: 'chat' }).send(value, keyOf(bob))
  await settled()
  expect(bob.codes()).toEqual([])
  return heard
}

const isoDate = z.codec(z.iso.datetime(), z.date(), {
  decode: text => new Date(text),
  encode: date => date.toISOString()
})

describe('a zod schema', () => {
  test('works in both directions: a Date over JSON arrives as a Date', async () => {
    const topic = defineTopic({ schema: z.object({ text: z.string(), at: isoDate }), codec: plainJson })
    const message = { text: 'hi', at: new Date('2026-01-02T03:04:05.678Z') }
    expect(await exchange(topic, message)).toEqual([message])
  })

  test('nests, in arrays, unions, records and tuples', async () => {
    const topic = defineTopic({
      private: false,
      schema: z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('seen'), at: z.array(isoDate) }),
        z.object({ kind: z.literal('by'), who: z.record(z.string(), z.tuple([z.number(), isoDate])) })
      ]),
      codec: plainJson
    })
    const seen = { kind: 'seen' as const, at: [new Date(0), new Date(1)] }
    const by = { kind: 'by' as const, who: { ada: [1, new Date(2)] as [number, Date] } }
    expect(await exchange(topic, seen)).toEqual([seen])
    expect(await exchange(topic, by)).toEqual([by])
  })

  test('of zod/mini works as well', async () => {
    const topic = defineTopic({ schema: mini.object({ text: mini.string(), at: isoDate }), codec: plainJson })
    const message = { text: 'hi', at: new Date(5) }
    expect(await exchange(topic, message)).toEqual([message])
  })

  test('takes away what it does not know, on both sides', async () => {
    const topic = defineTopic({ schema: z.object({ text: z.string() }), codec: plainJson })
    const extra: { text: string } = Object.assign({ text: 'hi' }, { secret: 1 })
    expect(await exchange(topic, extra)).toEqual([{ text: 'hi' }])
  })
})

describe('any other Standard Schema', () => {
  test.each([
    ['valibot', v.object({ from: v.string(), size: v.pipe(v.number(), v.maxValue(10)) })],
    ['arktype', type({ from: 'string', size: 'number <= 10' })]
  ])('of %s validates on both sides', async (_name, schema) => {
    const topic = defineTopic({ private: false, schema, codec: plainJson })
    const message = { from: 'ada', size: 3 }
    expect(await exchange(topic, message)).toEqual([message])
    const {
      parties: [ada, bob]
    } = await parties()
    const onmessage = vi.fn()
    bob.sockets.join(topic, { name: 'chat', onmessage })
    const checked = ada.sockets.join(topic, { name: 'other' })
    const issue = expect.objectContaining({ path: ['size'], message: expect.any(String) })
    const refused = expect.objectContaining({ code: 'ERR_INVALID_MESSAGE', issues: [issue] })
    expect(() => checked.send({ from: 'ada', size: 11 }, keyOf(bob))).toThrow(refused)
    ada.sockets.join('chat').send(JSON.stringify({ from: 'ada', size: 11 }), keyOf(bob))
    await settled()
    expect(bob.rejections.map(({ error }) => error)).toEqual([refused])
    expect(onmessage).not.toHaveBeenCalled()
  })

  test('that changes a value the same way each time is fine', async () => {
    const topic = defineTopic({
      private: false,
      schema: v.object({ tag: v.pipe(v.string(), v.trim(), v.toLowerCase()) }),
      codec: plainJson
    })
    expect(await exchange(topic, { tag: ' P2P ' })).toEqual([{ tag: 'p2p' }])
  })

  test('that throws is contained', async () => {
    const cause = new Error('broken check')
    const schema = v.pipe(
      v.string(),
      v.check(() => {
        throw cause
      })
    )
    const topic = defineTopic({ private: false, name: 'chat', schema, codec: plainJson })
    const {
      parties: [ada, bob]
    } = await parties()
    bob.sockets.join(topic)
    expect(() => ada.sockets.join(topic).send('x', keyOf(bob))).toThrow(
      expect.objectContaining({ code: 'ERR_UNSUPPORTED_SCHEMA', cause })
    )
    ada.sockets.leave()
    ada.sockets.join('chat').send('"x"', keyOf(bob))
    await settled()
    expect(bob.codes()).toEqual(['ERR_UNSUPPORTED_SCHEMA'])
  })
})

describe('an invalid message', () => {
  const topic = defineTopic({
    private: false,
    name: 'chat',
    schema: z.object({ from: z.string(), tags: z.array(z.string().max(3)), at: isoDate }),
    codec: plainJson
  })

  test('throws ERR_INVALID_MESSAGE from send, with the issues and the first place, before a byte leaves', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties()
    const room = ada.sockets.join(topic)
    await settled()
    const before = network.streams(0, 1)[0].bytesSent
    const bad = { from: 'ada', tags: ['ok', 'far too long'], at: new Date(Number.NaN) }
    expect(() => room.send(bad, keyOf(bob))).toThrow(
      expect.objectContaining({
        code: 'ERR_INVALID_MESSAGE',
        topic: 'chat',
        message: expect.stringContaining('message.'),
        issues: expect.arrayContaining([expect.objectContaining({ path: ['at'] })])
      })
    )
    expect(() => room.broadcast(bad)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_MESSAGE' }))
    expect(() => room.send({ ...bad, at: new Date() }, keyOf(bob))).toThrow(
      expect.objectContaining({
        issues: [{ path: ['tags', 1], message: expect.any(String) }],
        message: expect.stringContaining('message.tags[1]')
      })
    )
    expect(network.streams(0, 1)[0].bytesSent).toBe(before)
    expect(ada.sockets.stats.sent).toBe(0)
  })

  test.each([
    ['has a wrong field', { from: 1, tags: [], at: '2026-01-02T03:04:05.678Z' }],
    ['has a field that a codec cannot decode', { from: 'ada', tags: [], at: 'yesterday' }],
    ['lacks a field', { from: 'ada', tags: [] }],
    ['is something else', 'hello']
  ])(
    'that %s is reported with the peer and the issues, and never reaches onmessage',
    async (_what, value) => {
      const {
        parties: [ada, bob]
      } = await parties()
      const [onmessage, onreject] = [vi.fn(), vi.fn()]
      bob.sockets.join(topic, { onmessage, onreject })
      ada.sockets.join('chat').send(JSON.stringify(value), keyOf(bob))
      await settled()
      expect(onmessage).not.toHaveBeenCalled()
      expect(onreject).toHaveBeenCalledExactlyOnceWith(
        expect.objectContaining({ code: 'ERR_INVALID_MESSAGE', topic: 'chat', issues: [expect.any(Object)] }),
        expect.objectContaining({ remotePublicKey: keyOf(ada) })
      )
    }
  )
})

describe('a schema that cannot serve both directions is ERR_UNSUPPORTED_SCHEMA at the first send, which names the field', () => {
  const refused = (field: string) =>
    expect.objectContaining({ code: 'ERR_UNSUPPORTED_SCHEMA', message: expect.stringContaining(field) })

  async function firstSend<T>(topic: Topic<T>, value: T): Promise<() => void> {
    const {
      parties: [ada, bob]
    } = await parties()
    const room = ada.sockets.join(topic, { name: 'chat' })
    return () => room.send(value, keyOf(bob))
  }

  test('zod: a transform', async () => {
    const schema = z.object({ user: z.object({ name: z.string().transform(name => name.length) }) })
    expect(
      await firstSend(defineTopic({ private: false, schema, codec: plainJson }), { user: { name: 3 } })
    ).toThrow(refused('message.user.name'))
  })

  test('zod: a preprocess, in a list', async () => {
    const schema = z.object({ tags: z.array(z.preprocess(String, z.string())) })
    expect(
      await firstSend(defineTopic({ private: false, schema, codec: plainJson }), { tags: ['a'] })
    ).toThrow(refused('message.tags[]'))
  })

  test('valibot: a transform that does not take its own result', async () => {
    const schema = v.object({
      size: v.pipe(
        v.union([v.string(), v.literal(0)]),
        v.transform(size => (size === 0 ? 0 : Number(size)))
      )
    })
    const twice = v.object({
      size: v.pipe(
        v.string(),
        v.transform(size => ({ size }))
      )
    })
    expect(await exchange(defineTopic({ private: false, schema, codec: plainJson }), { size: 0 })).toEqual([
      { size: 0 }
    ])
    // @ts-expect-error the type says what comes out, and the schema takes something else
    expect(await firstSend(defineTopic({ schema: twice, codec: plainJson }), { size: '1' })).toThrow(
      refused('message.size')
    )
  })

  test.each([
    ['zod', z.object({ name: z.string().refine(async () => true) })],
    [
      'valibot',
      v.objectAsync({
        name: v.pipeAsync(
          v.string(),
          v.checkAsync(async () => true)
        )
      })
    ]
  ])('%s: an asynchronous check, on both sides', async (_name, schema) => {
    const topic = defineTopic({ private: false, name: 'chat', schema, codec: plainJson })
    expect(await firstSend(topic, { name: 'x' })).toThrow(refused('asynchronous'))
    const {
      parties: [ada, bob]
    } = await parties()
    bob.sockets.join(topic)
    ada.sockets.join('chat').send('{"name":"x"}', keyOf(bob))
    await settled()
    expect(bob.codes()).toEqual(['ERR_UNSUPPORTED_SCHEMA'])
  })
})

describe('a topic of bytes', () => {
  test('may have a schema that checks them', async () => {
    const topic = defineTopic({
      private: false,
      name: 'chat',
      schema: z.instanceof(Uint8Array).refine(bytes => bytes.length === 4)
    })
    const {
      parties: [ada, bob]
    } = await parties()
    const heard: Buffer[] = []
    bob.sockets.join(topic, { onmessage: message => heard.push(message) })
    const room = ada.sockets.join(topic)
    room.send('four', keyOf(bob))
    expect(() => room.send('five!', keyOf(bob))).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_MESSAGE' })
    )
    await settled()
    expect(heard).toEqual([Buffer.from('four')])
  })
})

describe('a codec', () => {
  test('that fails to encode is ERR_ENCODE_FAILED with the cause', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const room = ada.sockets.join(defineTopic({ private: false, name: 'chat', codec: plainJson }))
    const loop: { self?: unknown } = {}
    loop.self = loop
    expect(() => room.send(loop, keyOf(bob))).toThrow(
      expect.objectContaining({ code: 'ERR_ENCODE_FAILED', topic: 'chat', cause: expect.any(TypeError) })
    )
  })

  test('that encodes to something else than a Buffer is ERR_ENCODE_FAILED', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    // @ts-expect-error what JavaScript may return
    const topic = defineTopic({ private: false, name: 'chat', codec: { ...plainJson, encode: () => 'text' } })
    expect(() => ada.sockets.join(topic).send(1, keyOf(bob))).toThrow(
      expect.objectContaining({ code: 'ERR_ENCODE_FAILED' })
    )
  })

  test('that fails to decode is ERR_DECODE_FAILED with the cause, told to the receiver', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const onmessage = vi.fn()
    bob.sockets.join(defineTopic({ private: false, name: 'chat', codec: plainJson }), { onmessage })
    ada.sockets.join('chat').send('{', keyOf(bob))
    await settled()
    expect(bob.rejections[0]?.error).toMatchObject({
      code: 'ERR_DECODE_FAILED',
      topic: 'chat',
      cause: expect.any(SyntaxError)
    })
    expect(onmessage).not.toHaveBeenCalled()
  })
})

describe('what a schema has against a message that means harm', () => {
  /** The error that a message with `value` provokes. */
  function refusal(topic: Topic<string[]>, value: unknown): unknown {
    try {
      return topic.decode(Buffer.from(JSON.stringify(value)), 'chat')
    } catch (error) {
      return error
    }
  }

  test.each([
    ['zod', defineTopic({ schema: z.array(z.string()), codec: plainJson })],
    ['valibot', defineTopic({ schema: v.array(v.string()), codec: plainJson })]
  ])('is kept up to the first 100 issues: %s', (_name, topic) => {
    const text = (count: number) => expect.stringMatching(new RegExp(`\\(and at least ${count} more, see`))
    for (const count of [100, 101, 5000])
      expect(refusal(topic, Array(count).fill(0))).toMatchObject({
        code: 'ERR_INVALID_MESSAGE',
        message: text(99),
        issues: { length: 100, 99: { path: [99] } }
      })
    expect(refusal(topic, Array(99).fill(0))).toMatchObject({
      message: expect.stringContaining('(and 98 more, see'),
      issues: { length: 99 }
    })
  })

  test('is cut, and obeyed by no log, where it quotes the message', () => {
    const key = `\u001b[31m\u2028${'x'.repeat(10_000)}`
    const topic = defineTopic({ schema: z.strictObject({ a: z.number() }), codec: plainJson })
    const record = defineTopic({ schema: z.record(z.string(), z.number()), codec: plainJson })
    expect.assertions(13)
    for (const [refusing, value] of [
      [topic, { a: 1, [key]: 1 }],
      [record, { [key]: 'no number' }]
    ] as const) {
      try {
        refusing.decode(Buffer.from(JSON.stringify(value)), 'chat')
      } catch (error) {
        if (!PeersocketsError.is(error)) throw error
        const [issue] = error.issues
        for (const told of [error.message, issue?.message ?? '']) {
          expect(told.length).toBeLessThan(500)
          expect(told).not.toContain('\u001b')
          expect(told).not.toContain('\u2028')
        }
        for (const step of issue?.path ?? []) expect(String(step).length).toBeLessThan(500)
      }
    }
  })
})

describe('defineTopic', () => {
  test.each([
    ['no object', undefined],
    ['an unknown option', { nmae: 'chat' }],
    ['a schema that is none', { schema: {}, codec: plainJson }],
    ['a codec that is none', { codec: 'json' }],
    ['a middleware that is no list', { middleware: { name: 'hmac' } }],
    ['a middleware that is none', { middleware: [{ name: 'hmac' }] }],
    ['a middleware without a name', { middleware: [{ open: () => ({}) }] }],
    ['a codec without a name', { codec: { ...plainJson, name: '' } }],
    ['a codec whose name looks like two', { codec: { ...plainJson, name: 'json > hmac' } }],
    ['a codec whose name is not ASCII', { codec: { ...plainJson, name: 'jsön' } }],
    ['a codec that is called as what there is without one', { codec: { ...plainJson, name: 'raw' } }],
    ['a middleware that is called as batches are', { middleware: [{ name: 'batch', open: () => ({}) }] }],
    ['another policy', { onviolation: 'ban' }],
    ['a name that is none', { name: 42 }]
  ])('refuses %s', (_what, definition) => {
    // @ts-expect-error what JavaScript may pass
    expect(() => defineTopic(definition)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }))
  })
})
