import { scryptSync } from 'node:crypto'
import { deserialize, serialize } from 'node:v8'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import type { Codec } from '../plugin.js'
import { plainJson } from '../test-support/codecs.js'
import { defineTopic } from './definition.js'

const invalid = (...texts: string[]) =>
  texts.map(text =>
    expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT', message: expect.stringContaining(text) })
  )

describe('an option that defineTopic does not have', () => {
  test.each<[string, object]>([
    ['middlewares', { codec: plainJson, middlewares: [] }],
    ['shema', { codec: plainJson, shema: z.string() }],
    ['maxvalues', { codec: plainJson, schema: z.string(), maxvalues: 3 }],
    ['onViolation', { onViolation: 'drop' }]
  ])('is refused with the list of those that it has: %s', (option, definition) => {
    const list = 'name, schema, codec, middleware, private, secret, batch, maxValues, onviolation'
    for (const refusal of invalid(`no option \`${option}\``, list))
      expect(() => defineTopic(definition)).toThrow(refusal)
  })
})

describe('the secret of a topic', () => {
  test.each(['', 'x', 'a passphrase of quite a few words'])(
    'is no text, and it is said what to write: %s',
    secret => {
      // @ts-expect-error what JavaScript may pass
      const define = () => defineTopic({ name: 'plans', secret })
      for (const refusal of invalid("`secret: scryptSync(passphrase, 'app name', 32)`", 'node:crypto'))
        expect(define).toThrow(refusal)
    }
  )

  test.each([0, 1, 15])('is not of %d bytes, and it is said how many are enough', length => {
    const define = () => defineTopic({ name: 'plans', secret: new Uint8Array(length) })
    for (const refusal of invalid('16 bytes or more', `has ${length}`, 'randomBytes(32)'))
      expect(define).toThrow(refusal)
  })

  test.each([7, null, {}, [1, 2], new ArrayBuffer(32)])('is nothing else: %s', secret => {
    const [refusal] = invalid('randomBytes(32)')
    // @ts-expect-error what JavaScript may pass
    expect(() => defineTopic({ name: 'plans', secret })).toThrow(refusal)
  })

  test('is 16 bytes or more, of a Buffer or not, and copied', () => {
    const secret = new Uint8Array(16).fill(7)
    const topic = defineTopic({ name: 'plans', secret })
    secret.fill(0)
    expect(topic.secret()).toEqual(Buffer.alloc(16, 7))
    expect(() => defineTopic({ secret: scryptSync('a passphrase', 'app name', 32) })).not.toThrow()
  })

  test.each([{ secret: Buffer.alloc(32) }, { batch: true }])(
    'is for private topics, as batches are: %s',
    option => {
      const [refusal] = invalid('Leave out `private: false`')
      // @ts-expect-error what JavaScript may pass
      expect(() => defineTopic({ private: false, ...option })).toThrow(refusal)
      expect(() => defineTopic({ private: true, ...option })).not.toThrow()
    }
  )
})

describe('an error about a message says whose it is, and on which topic', () => {
  const topic = defineTopic({ schema: z.object({ a: z.number() }), codec: plainJson, maxValues: 3 })
  const loose = defineTopic({ codec: plainJson })
  const broken = defineTopic({
    schema: v.pipe(
      v.number(),
      v.transform(n => n + 1)
    ),
    codec: plainJson
  })
  const loop: unknown[] = []
  loop.push(loop)

  test.each<[string, () => unknown]>([
    // @ts-expect-error what JavaScript may pass
    ['that does not fit', () => topic.encode({ a: 'x' }, 'chat')],
    ['of too many values', () => defineTopic({ schema: z.any(), codec: plainJson }).encode(loop, 'chat')],
    ['that cannot be encoded', () => loose.encode(loop, 'chat')],
    ['that the schema cannot send', () => broken.encode(1, 'chat')]
  ])('ours: %s', (_what, send) => {
    expect(send).toThrow(/^Our message on topic chat /)
  })

  test.each<[string, () => unknown]>([
    ['that does not fit', () => topic.decode(Buffer.from('{"a":"x"}'), 'chat')],
    ['of too many values', () => topic.decode(Buffer.from('[1,2,3]'), 'chat')],
    ['that cannot be decoded', () => loose.decode(Buffer.from('{'), 'chat')],
    ['that the schema cannot read', () => broken.decode(Buffer.from('1'), 'chat')]
  ])("the peer's: %s", (_what, receive) => {
    expect(receive).toThrow(/^The peer's message on topic chat /)
  })

  test('and no log obeys what is in the name of the topic, or the message', () => {
    const name = `\u001b[31m\n${'x'.repeat(1000)}`
    const text = JSON.stringify({ '\u001b[2J': { '\u202e': 1 } })
    for (const schema of [
      z.strictObject({}),
      z.record(z.string(), z.number()),
      v.record(v.string(), v.number())
    ]) {
      const call = () => defineTopic({ schema, codec: plainJson }).decode(Buffer.from(text), name)
      expect(call).toThrow(/^[^\p{Control}\u202e]{1,1500}$/u)
    }
  })
})

describe('bytes in a message of values', () => {
  // As msgpack does: bytes come out as a view of what came in.
  const carrying: Codec = {
    name: 'carrying',
    encode: value => serialize(value),
    decode: bytes => deserialize(bytes)
  }
  const base64 = z.codec(z.base64(), z.instanceof(Uint8Array), {
    decode: text => Buffer.from(text, 'base64'),
    encode: bytes => Buffer.from(bytes).toString('base64')
  })

  test.each([
    ['as they are', z.instanceof(Uint8Array), carrying],
    ['as text', base64, plainJson]
  ])('arrive %s, whatever kind of bytes they are', (_how, data, codec) => {
    const topic = defineTopic({ schema: z.object({ name: z.string(), data: data.optional() }), codec })
    const given: Uint8Array[] = [
      Buffer.from('abc'),
      new Uint8Array([97, 98, 99]),
      new Uint8Array(new SharedArrayBuffer(3))
    ]
    given[2]?.set(Buffer.from('abc'))
    for (const data of given) {
      const heard = topic.decode(topic.encode({ name: 'a', data }, 'chat'), 'chat')
      expect(Buffer.from(heard.data ?? []).toString()).toBe('abc')
    }
    expect(topic.decode(topic.encode({ name: 'a' }, 'chat'), 'chat')).toEqual({ name: 'a' })
  })
})
