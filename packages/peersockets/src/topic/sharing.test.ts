import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import type { Codec } from '../plugin.js'
import { plainJson } from '../test-support/codecs.js'
import { keyOf, parties, settled } from '../test-support/parties.js'
import { defineTopic, type Topic } from './definition.js'

/** Values that are views of what was received, as a codec may give them. */
const views: Codec<{ first: Buffer; rest: Buffer }> = {
  name: 'views',
  encode: ({ first, rest }) => Buffer.concat([first.subarray(0, 1), rest]),
  decode: bytes => ({ first: bytes.subarray(0, 1), rest: bytes.subarray(1) })
}

const wires = describe.each([
  ['public', { private: false as const }],
  ['private', { private: true as const }],
  ['private, unbatched', { private: true as const, batch: false }]
])

wires('what one handle of a %s topic does with a message', (_kind, kind) => {
  /** Bob has three handles and a loop on one more; each spoils what it gets. Gives what each has seen before it did so. */
  async function spoil<Message>(
    topic: Topic<Message>,
    messages: readonly Message[],
    look: (message: Message) => unknown,
    ruin: (message: Message) => void
  ): Promise<unknown[][]> {
    const {
      parties: [ada, bob]
    } = await parties()
    const seen: unknown[][] = [[], [], [], []]
    const handles = [0, 1, 2].map(at =>
      bob.sockets.join(topic, {
        onmessage(message) {
          seen[at]?.push(look(message))
          ruin(message)
        }
      })
    )
    const looped = bob.sockets.join(topic)
    const loop = (async () => {
      for await (const { message } of looped) {
        seen[3]?.push(look(message))
        ruin(message)
      }
    })()
    const room = ada.sockets.join(topic)
    await settled()
    for (const message of messages) room.send(message as never, keyOf(bob))
    await settled()
    for (const handle of [...handles, looped]) void handle.close()
    await loop
    expect(bob.codes()).toEqual([])
    return seen
  }

  test.each([[1], [100], [5_000], [300_000]])('no other sees: bytes, %i of them', async length => {
    const sent = [1, 2, 3].map(fill => Buffer.alloc(length, fill))
    const seen = await spoil(
      defineTopic({ ...kind, name: 'chat' }),
      sent,
      message => Buffer.from(message),
      message => message.fill(0xff)
    )
    expect(seen.map(all => all.length)).toEqual([3, 3, 3, 3])
    for (const all of seen)
      for (const [at, message] of all.entries()) expect(sent[at]?.equals(message as Buffer)).toBe(true)
  })

  test('no other sees: objects', async () => {
    const sent = [{ list: [1, 2], at: { deep: 'x' } }]
    const seen = await spoil(
      defineTopic({
        ...kind,
        name: 'chat',
        schema: z.object({ list: z.array(z.number()), at: z.object({ deep: z.string() }) }),
        codec: plainJson
      }),
      sent,
      message => structuredClone(message),
      message => {
        message.list.push(9)
        message.at.deep = 'spoiled'
      }
    )
    expect(seen).toEqual([sent, sent, sent, sent])
  })

  test('no other sees: views of what was received', async () => {
    const seen = await spoil(
      defineTopic({ ...kind, name: 'chat', codec: views }),
      [{ first: Buffer.from('a'), rest: Buffer.from('bcd') }],
      ({ first, rest }) => `${first} ${rest}`,
      ({ first, rest }) => {
        first.fill('x')
        rest.fill('y')
      }
    )
    expect(seen).toEqual([['a bcd'], ['a bcd'], ['a bcd'], ['a bcd']])
  })

  test('does not reach the next message of the tick', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const heard: string[] = []
    const topic = defineTopic({ ...kind, name: 'chat' })
    bob.sockets.join(topic, {
      onmessage(message) {
        heard.push(message.toString())
        // All that it can get at.
        new Uint8Array(message.buffer, message.byteOffset, message.length).fill(0)
      }
    })
    const room = ada.sockets.join(topic)
    await settled()
    for (const text of ['one', 'two', 'three']) room.send(text, keyOf(bob))
    await settled()
    expect(heard).toEqual(['one', 'two', 'three'])
  })

  test('is heard once of a message that none can read, however many handles there are', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const strict = defineTopic({ ...kind, name: 'chat', codec: plainJson, schema: z.string() })
    for (let n = 0; n < 3; n++) bob.sockets.join(strict, { onmessage: () => expect.unreachable() })
    const room = ada.sockets.join(defineTopic({ ...kind, name: 'chat', codec: plainJson }))
    await settled()
    room.send(3, keyOf(bob))
    await settled()
    expect(bob.codes()).toEqual(['ERR_INVALID_MESSAGE'])
  })

  test('reaches nobody when the handle is gone by the time that its copy would be made', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const topic = defineTopic({ ...kind, name: 'chat' })
    const heard: string[] = []
    bob.sockets.join(topic, {
      onmessage(message) {
        heard.push(`first ${message}`)
        message.fill(0)
        void second.close()
      }
    })
    const second = bob.sockets.join(topic, { onmessage: message => heard.push(`second ${message}`) })
    bob.sockets.join(topic, { onmessage: message => heard.push(`third ${message}`) })
    const room = ada.sockets.join(topic)
    await settled()
    room.send('x', keyOf(bob))
    await settled()
    expect(heard).toEqual(['first x', 'third x'])
  })
})
