import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { PeersocketsError } from './errors.js'
import type { ExportedKey, Middleware } from './plugin.js'
import { plainJson } from './test-support/codecs.js'
import { keyOf, parties, settled } from './test-support/parties.js'
import { defineTopic } from './topic/definition.js'
import { ProtocolConnection } from './transport/protocol-connection.js'

/** Every key that a connection exported, as it was before anybody wiped it. */
const exported: Buffer[] = []

beforeEach(() => {
  exported.length = 0
  const { exportKey } = ProtocolConnection.prototype
  const spy = vi.spyOn(ProtocolConnection.prototype, 'exportKey')
  spy.mockImplementation(function (this: ProtocolConnection, label): ExportedKey {
    const keys = exportKey.call(this, label)
    exported.push(Buffer.from(keys.send), Buffer.from(keys.receive))
    return keys
  })
  return () => spy.mockRestore()
})

/** How bytes might look in a log; the first eight are enough to be found by. */
function renderings(bytes: Buffer): string[] {
  const start = bytes.subarray(0, 8)
  const pairs = start.toString('hex').match(/../g) ?? []
  return [
    pairs.join(''),
    pairs.join(' '),
    [...start].join(', '),
    [...start].join(','),
    start.toString('base64', 0, 6)
  ]
}

const shown = (value: unknown): string =>
  inspect(value, { depth: null, showHidden: true, getters: true, maxArrayLength: null }) +
  JSON.stringify(value, (key, part) => (key === 'stream' ? undefined : part))

/** A middleware that asks for a key, and keeps to the rules. */
const keyed: Middleware = {
  name: 'keyed',
  open(session) {
    session.exportKey('test')
    return { send: frame => frame, receive: frame => frame }
  }
}

describe('secrets', () => {
  const secret = randomBytes(32)
  const passphrase = Buffer.from('correct horse battery staple')
  const plans = defineTopic({ name: 'plans', secret, middleware: [keyed] })
  const talk = defineTopic({ name: 'talk', secret: passphrase, codec: plainJson })

  test('would be found, if they could be seen', () => {
    for (const value of [{ secret }, [...secret], secret.toString('hex'), secret.toString('base64')])
      expect(renderings(secret).some(rendering => shown(value).includes(rendering))).toBe(true)
  })

  test('of topics and connections stand in nothing that can be printed', async () => {
    const { parties: both } = await parties()
    const [ada, bob] = both
    const printed: unknown[] = [plans, talk]
    for (const { sockets } of both) {
      const rooms = [sockets.join(plans), sockets.join(talk)]
      printed.push(sockets, sockets.stats, ...rooms)
    }
    await settled()
    expect(ada.sockets.stats.rejected).toEqual({})
    printed.push(...[...ada.sockets.join(plans).peers].map(({ remotePublicKey }) => remotePublicKey))
    const other = defineTopic({ name: 'talk', secret: passphrase })
    const errors: PeersocketsError[] = [ada, bob].flatMap(({ rejections }) =>
      rejections.map(({ error }) => error)
    )
    bob.sockets.leave(talk)
    bob.sockets.join(other)
    await settled()
    for (const wrong of [
      () => ada.sockets.join(other),
      () => defineTopic({ secret: 7 as never }),
      () => defineTopic({ secret: Buffer.alloc(0) })
    ]) {
      try {
        wrong()
      } catch (error) {
        printed.push(error)
      }
    }
    ada.sockets.join(plans).send('x', keyOf(bob))
    errors.push(...[ada, bob].flatMap(({ rejections }) => rejections.map(({ error }) => error)))
    expect(errors.map(({ code }) => code)).toEqual(['ERR_PIPELINE_MISMATCH', 'ERR_PIPELINE_MISMATCH'])

    const text = [...printed, ...errors].map(shown).join('\n')
    expect(text).toContain('plans')
    // Two ends, with a key each way for the tags, one for their checks, and one for the middleware.
    expect(exported).toHaveLength(12)
    const secrets = [secret, passphrase, ...exported].flatMap(renderings)
    expect(secrets.filter(rendering => text.includes(rendering))).toEqual([])
    expect(text).not.toContain('battery')
  })

  test('of topics are copied: what the caller does with its own afterwards changes nothing', async () => {
    const { parties: both } = await parties()
    const own = Buffer.from(secret)
    const wiped = defineTopic({ name: 'plans', secret: own })
    own.fill(0)
    const [first, second] = [wiped, defineTopic({ name: 'plans', secret })].map((topic, at) =>
      both[at]?.sockets.join(topic)
    )
    await settled()
    expect([first?.peers.size, second?.peers.size]).toEqual([1, 1])
  })
})
