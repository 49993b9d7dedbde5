import { EventEmitter } from 'node:events'
import { createRequire } from 'node:module'
import type { KeyPair } from '@peersockets/testing'
import HypercoreProtocol from 'hypercore-protocol'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { Peersockets } from '../peersockets.js'
import { settled } from '../test-support/parties.js'

interface Encoding {
  encode(message: object): Buffer
  decode(bytes: Buffer): object
}

const stack = createRequire(createRequire(import.meta.url).resolve('hypercore-protocol'))
const messages: Record<string, Encoding> = stack('simple-hypercore-protocol/messages.js')

beforeAll(() => {
  new Peersockets(Object.assign(new EventEmitter(), { streams: [] })).stop()
})

function decode(kind: string, bytes: Buffer): object {
  return Object(messages[kind]).decode(bytes)
}

function encode(kind: string, message: object): Buffer {
  return Object(messages[kind]).encode(message)
}

/** The same bytes, which throw where they are read much oftener than anybody need. */
function patient(bytes: Buffer): Buffer {
  let reads = 0
  return new Proxy(bytes, {
    get(target, property) {
      if (++reads > 20 * bytes.length) throw new Error('These bytes are read again and again.')
      const found: unknown = Reflect.get(target, property, target)
      return typeof found === 'function' ? found.bind(target) : found
    }
  })
}

describe('a number in a message of the stack that goes on for too long', () => {
  const endless = Buffer.concat([Buffer.alloc(150, 0x80), Buffer.of(0)])

  test.each([
    ['the length of a field that nobody knows', Buffer.of(0x3a)],
    ['the length of a name', Buffer.of(0x0a)],
    ['a value', Buffer.of(0x18)],
    ['the number of a field', Buffer.alloc(0)]
  ])('is refused as %s, and not read for ever', (_what, head) => {
    const bytes = Buffer.concat([head, endless, Buffer.alloc(8, 0x10)])
    expect(() => decode('Options', patient(bytes))).toThrow('longer than any can be')
    expect(() => decode('NoisePayload', patient(bytes))).toThrow('longer than any can be')
  })

  test('is refused as the length of bytes', () => {
    const bytes = Buffer.concat([Buffer.of(0x0a), endless])
    for (const kind of ['Open', 'Close', 'NoisePayload'])
      expect(() => decode(kind, patient(bytes))).toThrow('longer than any can be')
  })

  test('is one of more than ten bytes; all others are what they were', () => {
    for (const start of [0, 1, 127, 128, 2 ** 28, 2 ** 31, 2 ** 32, 2 ** 48])
      expect(decode('Want', encode('Want', { start }))).toMatchObject({ start })
    const largest = Buffer.concat([Buffer.of(0x08), Buffer.alloc(9, 0xff), Buffer.of(0x01)])
    expect(decode('Want', largest)).toMatchObject({ start: 2 ** 64 })
    expect(() => decode('Want', largest.subarray(0, -1))).toThrow('cut off')
  })
})

describe('a message of the stack that its reader would throw at, or never be done with', () => {
  const hash = Buffer.alloc(32)
  const node = { index: 2, hash, size: 1 }

  test.each<[string, string, object]>([
    ['Open', 'a discovery key that is too short', { discoveryKey: Buffer.alloc(31) }],
    ['Open', 'a discovery key that is too long', { discoveryKey: Buffer.alloc(33) }],
    ['Have', 'very many blocks', { start: 0, length: 2 ** 52 }],
    ['Have', 'blocks beyond any', { start: 2 ** 52 }],
    ['Have', 'a bitfield between two bytes', { start: 4, bitfield: Buffer.of(2, 7) }],
    ['Have', 'a bitfield beyond any block', { start: 2 ** 52, bitfield: Buffer.of(2, 7) }],
    ['Have', 'a bitfield that is cut off', { start: 0, bitfield: Buffer.of(4, 7) }],
    ['Have', 'a bitfield with half a number', { start: 0, bitfield: Buffer.of(0x81) }],
    ['Have', 'a huge bitfield', { start: 0, bitfield: Buffer.from('ffffffffffff0f', 'hex') }],
    ['Unhave', 'very many blocks', { start: 1, length: 2 ** 52 }],
    ['Request', 'a block beyond any', { index: 2 ** 52 }],
    ['Data', 'a block beyond any', { index: 2 ** 52, value: hash }],
    ['Data', 'nothing', { index: 1 }],
    ['Data', 'half a hash', { index: 1, nodes: [node, { ...node, hash: hash.subarray(1) }] }],
    ['Data', 'half a signature', { index: 1, value: hash, signature: Buffer.alloc(63) }]
  ])('%s with %s is refused', (kind, _what, message) => {
    expect(() => decode(kind, encode(kind, message))).toThrow('makes no sense')
  })

  test.each<[string, object]>([
    ['Open', { discoveryKey: hash, capability: null }],
    ['Have', { start: 7, length: 1, bitfield: null, ack: true }],
    ['Have', { start: 0, length: 2 ** 20, bitfield: Buffer.from('9303027f', 'hex') }],
    ['Have', { start: 8192, length: 2 ** 20, bitfield: Buffer.alloc(0) }],
    ['Unhave', { start: 3, length: 2 ** 20 }],
    ['Request', { index: 3, bytes: 0, hash: false, nodes: 4 }],
    ['Data', { index: 3, value: Buffer.alloc(0), nodes: [], signature: null }],
    ['Data', { index: 3, value: null, nodes: [node], signature: Buffer.alloc(64) }]
  ])('a sound %s is read as ever: %j', (kind, message) => {
    expect(decode(kind, encode(kind, message))).toMatchObject(message)
  })
})

test.each([0, 23, 25])(
  'a handshake with a nonce of %d bytes ends the connection, and nothing else',
  async bytes => {
    const errors: Error[] = []
    const far = new HypercoreProtocol(false, { timeout: false })
    far.on('error', error => errors.push(error))
    let ready: (error: null, keyPair: KeyPair) => void = () => undefined
    const near = new HypercoreProtocol(true, {
      timeout: false,
      keyPair: (given: typeof ready) => {
        ready = given
      }
    })
    onTestFinished(() => near.destroy())
    near.on('data', (chunk: Buffer) => far.write(chunk))
    far.on('data', (chunk: Buffer) => near.write(chunk))
    const payload: { nonce: Buffer } = Object(near.state)._payload
    const { nonce } = payload
    // What it says, and not what it encrypts with.
    payload.nonce = Buffer.alloc(bytes)
    ready(null, HypercoreProtocol.keyPair())
    payload.nonce = nonce
    await settled()
    expect(far.destroyed).toBe(true)
    expect(errors.map(({ message }) => message)).toEqual(['Could not parse remote payload'])
  }
)
