import { describe, expect, test, vi } from 'vitest'
import { Peersockets } from '../peersockets.js'
import type { ExportedKey } from '../plugin.js'
import { settled } from '../test-support/parties.js'
import { data, encounter, open, synced } from '../test-support/raw-peer.js'
import { ProtocolConnection } from '../transport/protocol-connection.js'
import { isSameTag, TopicTags, tagIndex, tagText, type Vouched } from './tag.js'

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
    raw.send(raw.hello(1), open(7, almost(raw.tag('chat'), bit)), synced())
    await settled()
    raw.send(raw.accept('chat', 7), data(7, 'hello'))
    await settled()
    expect([raw.of('accept'), room.peers.size, heard.mock.calls]).toEqual([[], 0, []])
  })

  test('that is wrong makes nobody a member either who sends it before we join', async () => {
    const { sockets, raw } = await encounter()
    raw.send(raw.hello(1), open(7, almost(raw.tag('chat'), 127)), synced())
    await settled()
    const room = sockets.join('chat', { private: true })
    await settled()
    raw.send(raw.accept('chat', 7))
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

describe('a tag of digits alone', () => {
  test('is no number to a table, which hashes numbers in a way that a peer can foresee', () => {
    for (const digits of ['0000000000000007', '4294967294000000']) {
      const tag = tagText(Buffer.from(digits, 'latin1'))
      expect(tagIndex(tag)).not.toMatch(/^\d/)
      // Of all that is wrong, the first half is found out by the table, and the second by the comparison.
      expect(tagIndex(tag)).toHaveLength(9)
    }
  })

  test('is found like any other', async () => {
    const { sockets, raw, codes } = await encounter()
    const digits = (n: number) => Buffer.from(String(n).padStart(16, '0'), 'latin1')
    raw.send(raw.hello(1), ...Array.from({ length: 100 }, (_, n) => open(n + 1, digits(n))))
    raw.send(open(200, raw.tag('chat')), synced())
    await settled()
    const room = sockets.join('chat', { private: true })
    await settled()
    raw.send(raw.accept('chat', 200))
    await settled()
    expect([room.peers.size, codes()]).toEqual([1, []])
  })
})

/** Tags under keys that are the caller's: another one for each label and direction. */
const tagsOf = (fill: number) =>
  new TopicTags({
    exportKey: label => ({
      send: Buffer.alloc(32, `${fill} ${label}`),
      receive: Buffer.alloc(32, `${fill + 1} ${label}`)
    })
  })

const VOUCHED: Vouched = {
  sender: Buffer.alloc(8, 1),
  receiver: Buffer.alloc(8, 2),
  receiverOpen: 3,
  senderOpen: 4,
  number: 5,
  value: Buffer.alloc(8, 6),
  pipelineId: 'raw > batch'
}

describe('a check', () => {
  /** What the other end finds right that has the same keys the other way round. */
  const [one, other] = [tagsOf(1), new TopicTags({ exportKey: label => reversed(label) })]
  function reversed(label: string): ExportedKey {
    return { send: Buffer.alloc(32, `2 ${label}`), receive: Buffer.alloc(32, `1 ${label}`) }
  }

  test.each([
    ['another sender', { sender: Buffer.alloc(8, 9) }],
    ['another receiver', { receiver: Buffer.alloc(8, 9) }],
    ['sender and receiver in each other’s place', { sender: VOUCHED.receiver, receiver: VOUCHED.sender }],
    ['another OPEN of the receiver', { receiverOpen: 9 }],
    ['another OPEN of the sender', { senderOpen: 9 }],
    ['both OPENs in each other’s place', { receiverOpen: 4, senderOpen: 3 }],
    ['another data number', { number: 9 }],
    ['another value', { value: Buffer.alloc(8, 9) }],
    ['another pipeline', { pipelineId: 'raw > batcj' }],
    ['a pipeline that is cut off', { pipelineId: 'raw > batc' }],
    ['no pipeline', { pipelineId: '' }]
  ])('is right for what it was made for, and wrong for %s', (_what, change) => {
    for (const secret of [undefined, Buffer.from('a secret of some bytes')]) {
      const check = one.vouch('chat', secret, VOUCHED)
      expect(check).toHaveLength(6)
      expect(other.vouches('chat', secret, VOUCHED, check)).toBe(true)
      expect(other.vouches('chat', secret, { ...VOUCHED, ...change }, check)).toBe(false)
    }
  })

  test('is wrong for another name, secret or direction, and for a name that takes bytes of the pipeline id', () => {
    const secret = Buffer.from('a secret of some bytes')
    const check = one.vouch('chat', secret, VOUCHED)
    expect(other.vouches('chat', secret, VOUCHED, check)).toBe(true)
    expect(other.vouches('chaT', secret, VOUCHED, check)).toBe(false)
    expect(other.vouches('chat', undefined, VOUCHED, check)).toBe(false)
    expect(other.vouches('chat', Buffer.from('a secret of some bytez'), VOUCHED, check)).toBe(false)
    expect(one.vouches('chat', secret, VOUCHED, check)).toBe(false)
    const moved = one.vouch('hchat', secret, { ...VOUCHED, pipelineId: 'raw > batc' })
    expect(other.vouches('chat', secret, VOUCHED, moved)).toBe(false)
  })

  test('is wrong when any bit of it is another, and looked at to its end', () => {
    const check = one.vouch('chat', undefined, VOUCHED)
    for (let bit = 0; bit < 48; bit++)
      expect(other.vouches('chat', undefined, VOUCHED, almost(check, bit))).toBe(false)
    for (const short of [0, 1, 5])
      expect(other.vouches('chat', undefined, VOUCHED, check.subarray(0, short))).toBe(false)
  })

  test('is made with other keys than tags are', () => {
    const labels: string[] = []
    const tags = new TopicTags({
      exportKey(label) {
        labels.push(label)
        return reversed(label)
      }
    })
    tags.local('chat', undefined)
    tags.vouch('chat', undefined, VOUCHED)
    expect(labels).toEqual(['wire/v1/tag', 'wire/v1/accept'])
  })
})

describe('the keys that tags and checks are made with', () => {
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
    expect(given).toHaveLength(2)
    await sockets.stop({ timeout: 0 })
    expect(zeros()).toEqual([false, false, false, false])
    await second.stop({ timeout: 0 })
    expect(zeros()).toEqual([true, true, true, true])
  })

  test('are in nothing that a tag or a check could be made with after that', () => {
    const given: Buffer[] = []
    let isGone = false
    const tags = new TopicTags({
      exportKey() {
        if (isGone) throw new Error('The connection is gone.')
        const keys = { send: Buffer.alloc(32, 1), receive: Buffer.alloc(32, 2) }
        given.push(keys.send, keys.receive)
        return keys
      }
    })
    const makers = [
      (secret?: Buffer) => tags.local('chat', secret),
      (secret?: Buffer) => tags.remote('chat', secret),
      (secret?: Buffer) => tags.vouch('chat', secret, VOUCHED),
      (secret?: Buffer) => tags.vouches('chat', secret, VOUCHED, Buffer.alloc(6))
    ]
    for (const make of makers) expect(() => make()).not.toThrow()
    isGone = true
    tags.wipe()
    expect(given.map(key => key.every(byte => byte === 0))).toEqual([true, true, true, true])
    for (const secret of [undefined, Buffer.from('a secret of some bytes')])
      for (const make of makers) expect(() => make(secret)).toThrow('The connection is gone.')
  })
})
