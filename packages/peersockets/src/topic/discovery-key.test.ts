import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { defineTopic } from './definition.js'

interface Vector {
  readonly comment: string
  readonly name: string
  readonly secret: string | null
  readonly key: string
}

const { discoveryKeys }: { readonly discoveryKeys: readonly Vector[] } = JSON.parse(
  readFileSync(new URL('../../../../spec/vectors.json', import.meta.url), 'utf8')
)

describe('the discovery key of a topic', () => {
  test.each(discoveryKeys)('is that of the test vector: $comment', ({ name, secret, key }) => {
    const bytes = secret === null ? undefined : Buffer.from(secret, 'hex')
    const topic = defineTopic(bytes === undefined ? { name } : { name, secret: bytes })
    expect(topic.discoveryKey().toString('hex')).toBe(key)
  })

  test('is that of a room under the name of the room', () => {
    const chat = defineTopic({ name: 'chat' })
    const room = defineTopic({ name: 'chat/42' })
    expect(chat.discoveryKey('chat/42')).toEqual(room.discoveryKey())
    expect(defineTopic({}).discoveryKey('chat/42')).toEqual(room.discoveryKey())
  })

  test('is the same for a public topic and a private one without a secret', () => {
    const name = 'chat'
    expect(defineTopic({ name, private: false }).discoveryKey()).toEqual(defineTopic({ name }).discoveryKey())
  })

  test('has 32 bytes, in a new Buffer for each call', () => {
    const topic = defineTopic({ name: 'chat' })
    const key = topic.discoveryKey()
    expect(key).toHaveLength(32)
    key.fill(0)
    expect(topic.discoveryKey()).not.toEqual(key)
  })

  test.each([undefined, '', 'x'.repeat(1025), 'half \ud800 pair'])('needs a name, and %j is none', name => {
    const call = () => defineTopic({}).discoveryKey(name)
    expect(call).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }))
  })
})
