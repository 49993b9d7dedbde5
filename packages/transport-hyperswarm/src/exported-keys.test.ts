import { readFileSync } from 'node:fs'
import { PeersocketsError } from 'peersockets'
import { describe, expect, test } from 'vitest'
import { exportKey } from './exported-keys.js'
import type { SecretStream } from './secret-stream.js'
import { connected } from './test-support/connected.js'

const hex = (key: { send: Buffer; receive: Buffer }) => [
  key.send.toString('hex'),
  key.receive.toString('hex')
]

interface Vectors {
  readonly secretStreamKeys: {
    readonly tx: string
    readonly rx: string
    readonly handshakeHash: string
    readonly keys: readonly { label: string; send: string; receive: string }[]
  }
}

const vectors: Vectors = JSON.parse(
  readFileSync(new URL('../../../spec/vectors.json', import.meta.url), 'utf8')
)

describe('exported keys', () => {
  test('are those of the test vectors, at both ends', async () => {
    const { ends } = await connected()
    const { tx, rx, handshakeHash, keys } = vectors.secretStreamKeys
    const end = (encrypt: string, decrypt: string): SecretStream =>
      Object.assign(Object.create(ends[0].stream), {
        _encrypt: { key: Buffer.from(encrypt, 'hex') },
        _decrypt: { key: Buffer.from(decrypt, 'hex') },
        handshakeHash: Buffer.from(handshakeHash, 'hex')
      })
    expect(keys.length).toBeGreaterThan(3)
    for (const { label, send, receive } of keys) {
      expect(hex(exportKey(end(tx, rx), label))).toEqual([send, receive])
      expect(hex(exportKey(end(rx, tx), label))).toEqual([receive, send])
    }
  })

  test('are 32 bytes, and crosswise the same at both ends', async () => {
    const {
      ends: [near, far]
    } = await connected()
    for (const label of ['', 'a', 'topic/4/chat/☕']) {
      const [mine, theirs] = [near.connection.exportKey(label), far.connection.exportKey(label)]
      expect(mine.send).toHaveLength(32)
      expect(mine.send).toEqual(theirs.receive)
      expect(mine.receive).toEqual(theirs.send)
    }
  })

  test('differ by label, direction and connection', async () => {
    const { network, ends } = await connected()
    const again = await network.connect(0, 1)
    const keys = [
      ...hex(ends[0].connection.exportKey('a')),
      ...hex(ends[0].connection.exportKey('b')),
      ...hex(exportKey(again.streams[0], 'a'))
    ]
    expect(new Set(keys).size).toBe(6)
  })

  test('are the same whenever they are asked for, and the caller may wipe them', async () => {
    const { ends } = await connected()
    const before = ends[0].connection.exportKey('a')
    const known = hex(before)
    before.send.fill(0)
    before.receive.fill(0)
    expect(hex(ends[0].connection.exportKey('a'))).toEqual(known)
  })

  test('cannot be made from what can be seen on the path: the handshake hash gives nothing without the keys', async () => {
    const { ends } = await connected()
    const { handshakeHash } = ends[0].stream
    const [send] = hex(ends[0].connection.exportKey('a'))
    for (const key of [Buffer.alloc(32), handshakeHash?.subarray(0, 32), handshakeHash?.subarray(32)]) {
      if (key === undefined) throw new Error('The handshake is over.')
      const guess = exportKey(Object.assign(Object.create(ends[0].stream), { _encrypt: { key } }), 'a')
      expect(hex(guess)).not.toContain(send)
    }
  })

  test.each([
    ['before the handshake', { _encrypt: null, _decrypt: null }],
    ['when one direction shows none', { _decrypt: {} }],
    ['when a key is too short', { _encrypt: { key: Buffer.alloc(31) } }],
    ['without the hash of the handshake', { handshakeHash: null }]
  ])('are refused %s, in words that say why', async (_case, fields) => {
    const { ends } = await connected()
    const stream = Object.assign(Object.create(ends[0].stream), fields)
    const refusal = (() => {
      try {
        exportKey(stream, 'a')
      } catch (error) {
        return error
      }
      return undefined
    })()
    expect(PeersocketsError.is(refusal)).toBe(true)
    expect(refusal).toMatchObject({
      code: 'ERR_NO_KEY_EXPORT',
      message: expect.stringContaining('handshake')
    })
  })
})
