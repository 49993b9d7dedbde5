import { createCipheriv, randomBytes } from 'node:crypto'
import { TestConnection } from '@peersockets/testing'
import type { Session } from 'peersockets/plugin'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { encrypt } from './encrypt.js'
import { codeOf, openedBy, sealedBy, sessionOf } from './sealing.fixture.js'

vi.mock('node:crypto', { spy: true })

/** The key and the nonce of every encryption, taken down as it began: keys are wiped later. */
const used: string[] = []

beforeEach(async () => {
  used.length = 0
  const { createCipheriv: real } = await vi.importActual<typeof import('node:crypto')>('node:crypto')
  vi.mocked(createCipheriv).mockImplementation((...args: Parameters<typeof real>) => {
    const [, key, nonce] = args
    if (!Buffer.isBuffer(key) || !Buffer.isBuffer(nonce)) throw new Error('a key and a nonce are Buffers')
    expect([key.length, nonce.length]).toEqual([32, 12])
    used.push(`${key.toString('hex')} ${nonce.toString('hex')}`)
    return real(...args)
  })
})

function expectAllDifferent(count: number): void {
  expect(used).toHaveLength(count)
  expect(new Set(used).size).toBe(count)
}

const keysUsed = (): Set<string> => new Set(used.map(pair => pair.split(' ')[0] ?? ''))

describe('a nonce never meets the same key twice', () => {
  const key = randomBytes(32)

  test('in a thousand frames of a topic', () => {
    const { alice } = new TestConnection().open(encrypt({ key }))
    for (let sent = 0; sent < 1000; sent++) sealedBy(alice, 'hi')
    expectAllDifferent(1000)
  })

  test('between both directions, several topics and several connections of a group', () => {
    const middleware = encrypt({ key })
    for (const connection of [new TestConnection(), new TestConnection(), new TestConnection()]) {
      for (const topic of ['board', 'admin']) {
        const { alice, bob } = connection.open(middleware, topic)
        for (let sent = 0; sent < 10; sent++) for (const end of [alice, bob]) sealedBy(end, 'hi')
      }
    }
    expectAllDifferent(120)
    expect(keysUsed().size).toBe(12)
  })

  test('when a public topic is left and joined again, which counts on', () => {
    const connection = new TestConnection({}, { wire: 'v0' })
    const counters: number[] = []
    for (let round = 0; round < 5; round++) {
      const layer = connection.open(encrypt({ key })).alice
      counters.push(sealedBy(layer, 'hi').readUIntBE(16, 6))
      layer.close?.()
    }
    expectAllDifferent(5)
    expect(counters).toEqual([1, 2, 3, 4, 5])
  })

  test('when two peers meet again in a private topic, which counts anew', () => {
    const connection = new TestConnection({}, { wire: 'v1' })
    const frames = Array.from({ length: 5 }, () => sealedBy(connection.open(encrypt({ key })).alice, 'hi'))
    expectAllDifferent(5)
    expect(keysUsed().size).toBe(5)
    expect(frames.map(frame => frame.readUIntBE(16, 6))).toEqual([1, 1, 1, 1, 1])
  })

  test('when keys are rotated back and forth', () => {
    const { alice } = new TestConnection().sessions()
    const other = randomBytes(32)
    for (const keys of [[key], [key, other], [other, key], [other], [key]])
      sealedBy(encrypt({ keys }).open(alice), 'hi')
    expectAllDifferent(5)
  })

  test('with two layers at work on one session', () => {
    const { alice } = new TestConnection().sessions()
    const layers = [encrypt({ key }).open(alice), encrypt({ key }).open(alice)]
    for (let sent = 0; sent < 10; sent++) for (const layer of layers) sealedBy(layer, 'hi')
    expectAllDifferent(20)
  })

  test('even if the network gave a new session each time, and the same exported key for it', () => {
    const [local, remote] = [randomBytes(32), randomBytes(32)]
    const faulty = (): Session =>
      sessionOf('board', local, remote, () => ({ send: Buffer.alloc(32, 7), receive: Buffer.alloc(32, 7) }))
    const frames = Array.from({ length: 20 }, () => sealedBy(encrypt({ key }).open(faulty()), 'hi'))
    expect(new Set(frames.map(frame => frame.readUIntBE(16, 6)))).toEqual(new Set([1]))
    expectAllDifferent(20)
    expect(keysUsed().size).toBe(20)
  })

  test('when two copies of this package take turns on a session, which count together', async () => {
    vi.resetModules()
    const copy = await import('./encrypt.js')
    expect(copy.encrypt).not.toBe(encrypt)
    const { alice, bob } = new TestConnection().sessions()
    const layers = [encrypt({ key }).open(alice), copy.encrypt({ key }).open(alice)]
    const frames = [...layers, ...layers].map(layer => sealedBy(layer, 'hi'))
    expect(frames.map(frame => frame.readUIntBE(16, 6))).toEqual([1, 2, 3, 4])
    expectAllDifferent(4)
    const receiver = encrypt({ key }).open(bob)
    for (const frame of frames) expect(openedBy(receiver, frame)).toBe('hi')
    // What one copy has accepted is a replay for the other.
    const late = copy.encrypt({ key }).open(bob)
    for (const frame of frames) expect(codeOf(() => late.receive(frame))).toBe('ERR_REPLAYED')
  })
})
