import { describe, expect, test, vi } from 'vitest'
import { Peersockets } from '../peersockets.js'
import type { ExportedKey } from '../plugin.js'
import { settled } from '../test-support/parties.js'
import { accept, data, encounter, hello, open, synced } from '../test-support/raw-peer.js'
import { ProtocolConnection } from '../transport/protocol-connection.js'
import { isSameTag, Tagger, tagText } from './tag.js'

/** What somebody sends who has found out all of a tag but one bit. */
function almost(tag: Buffer, bit: number): Buffer {
  const changed = Buffer.from(tag)
  changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
  return changed
}

describe('a tag', () => {
  test.each([0, 7, 63, 64, 100, 127])('that is wrong in bit %i alone makes nobody a member', async bit => {
    const { sockets, raw } = await encounter()
    const heard = vi.fn()
    const room = sockets.join('chat', { private: true, onmessage: heard })
    raw.send(hello(1), open(7, almost(raw.tag('chat'), bit)), synced())
    await settled()
    raw.send(accept(0), data(7, 'hello'))
    await settled()
    expect([raw.of('accept'), room.peers.size, heard.mock.calls]).toEqual([[], 0, []])
  })

  test('that is wrong makes nobody a member either who sends it before we join', async () => {
    const { sockets, raw } = await encounter()
    raw.send(hello(1), open(7, almost(raw.tag('chat'), 127)), synced())
    await settled()
    const room = sockets.join('chat', { private: true })
    await settled()
    raw.send(accept(0))
    await settled()
    expect([raw.of('accept'), room.peers.size]).toEqual([[], 0])
  })

  test('is compared to its end, wherever it differs', () => {
    const tag = Buffer.from(Array.from({ length: 16 }, (_, at) => 3 * at))
    const looks = vi.spyOn(String.prototype, 'charCodeAt')
    const compared = [undefined, 0, 64, 127].map(bit => {
      const other = tagText(bit === undefined ? Buffer.from(tag) : almost(tag, bit))
      const before = looks.mock.calls.length
      const same = isSameTag(tagText(tag), other)
      return [same, looks.mock.calls.length - before]
    })
    looks.mockRestore()
    expect(compared).toEqual([
      [true, 32],
      [false, 32],
      [false, 32],
      [false, 32]
    ])
  })
})

/** Tags under keys that are the caller's. */
const taggerOf = (make: typeof Tagger, fill: number) =>
  new make({ exportKey: () => ({ send: Buffer.alloc(32, fill), receive: Buffer.alloc(32, fill + 1) }) })

describe('a tag without Node', () => {
  test.each([
    ['a short name', 'a'],
    ['one of 1,023 bytes', '☕'.repeat(341)]
  ])('is the same as with it, for %s', async (_what, name) => {
    vi.resetModules()
    const builtin = vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined)
    const without = (await import('./tag.js')).Tagger
    expect(builtin).toHaveBeenCalledWith('crypto')
    builtin.mockRestore()
    for (const secret of [undefined, Buffer.from('secret')]) {
      const [far, near] = [without, Tagger].map(make => {
        const tagger = taggerOf(make, 1)
        return [tagger.local(name, secret).toString('latin1'), tagger.remote(name, secret)]
      })
      expect(far).toEqual(near)
      expect(new Set(far).size).toBe(2)
    }
  })
})

describe('the keys that tags are made with', () => {
  test('are wiped when the last Peersockets lets go of the connection', async () => {
    const { network, sockets } = await encounter()
    const exporting = vi.spyOn(ProtocolConnection.prototype, 'exportKey')
    const [networker] = network.networkers
    if (networker === undefined) throw new RangeError('A network has a peer.')
    const second = new Peersockets(networker)
    sockets.join('chat', { private: true })
    second.join('other', { private: true })
    const given = exporting.mock.results.map(({ value }): ExportedKey => value)
    exporting.mockRestore()
    const zeros = () =>
      given.flatMap(({ send, receive }) => [send, receive]).map(key => key.every(byte => byte === 0))
    expect(given).toHaveLength(1)
    sockets.stop()
    expect(zeros()).toEqual([false, false])
    second.stop()
    expect(zeros()).toEqual([true, true])
  })

  test('are in nothing that a tag could be made with after that', () => {
    const [one, other] = [1, 2].map(fill => taggerOf(Tagger, fill))
    const tags = () => [one, other].map(tagger => tagger?.local('chat', undefined).toString('hex'))
    expect(new Set(tags()).size).toBe(2)
    one?.wipe()
    other?.wipe()
    expect(new Set(tags()).size).toBe(1)
  })
})
