import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { Peersockets } from '../peersockets.js'
import type { ExportedKey, Layer, Session } from '../plugin.js'
import { plainJson } from '../test-support/codecs.js'
import { keyOf, type Party, parties, settled } from '../test-support/parties.js'
import { Path } from '../test-support/path.js'
import { close, encounter, frameOf, open, synced } from '../test-support/raw-peer.js'
import { defineTopic } from '../topic/definition.js'
import { MAX_MATCHES } from './bounds.js'
import { KIND } from './frame.js'

const PIPELINE = 'raw > batch > keyed'

/** A topic whose sessions tell their keys, and whose frames are signed with nothing but the key itself. */
function keyedChat() {
  const keys: ExportedKey[] = []
  const chat = defineTopic({
    name: 'chat',
    middleware: [
      {
        name: 'keyed',
        open({ exportKey }: Session): Layer {
          const key = exportKey('test')
          keys.push(key)
          return {
            send: frame => Buffer.concat([key.send, frame]),
            receive(frame) {
              if (!frame.subarray(0, 32).equals(key.receive)) throw new Error('A wrong key.')
              return frame.subarray(32)
            }
          }
        }
      }
    ]
  })
  /** Those that exist now, in hexadecimal digits: of each session what it sends with, and what it receives with. */
  const texts = () => keys.flatMap(({ send, receive }) => [send.toString('hex'), receive.toString('hex')])
  return { chat, keys, texts }
}

describe('the keys of a match', () => {
  test('are those that the specification says, at both ends', async () => {
    const { sockets, raw } = await encounter()
    const { chat, keys } = keyedChat()
    sockets.join(chat)
    raw.send(raw.hello(1), open(7, raw.tag('chat')), synced())
    await settled()
    for (const theirs of ['0011223344556677', 'ffeeddccbbaa9988']) {
      const value = Buffer.from(theirs, 'hex')
      const number = keys.length + 7
      if (number > 7) raw.send(close(number - 1), open(number, raw.tag('chat')))
      await settled()
      raw.send(raw.accept('chat', number, { value, pipelineId: PIPELINE }))
      await settled()
      const ours = raw.of('accept').at(-1)?.acceptance.value.toString('hex') ?? ''
      const match = [ours, theirs].toSorted().join('')
      const label = `topic/v1/${match}/4/chat/${PIPELINE.length}/${PIPELINE}/5/keyed/0/test`
      const { send, receive } = raw.exportKey(label)
      expect(keys.at(-1)).toEqual({ send: receive, receive: send })
    }
  })

  test('are others each time that either side leaves and joins again, in both directions', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const { chat, keys, texts } = keyedChat()
    let [hers, his] = [ada.sockets.join(chat), bob.sockets.join(chat)]
    await settled()
    const say = async () => {
      hers.broadcast('x')
      his.broadcast('x')
      await settled()
    }
    await say()
    for (const who of ['ada', 'bob', 'both'] as const) {
      if (who !== 'bob') await hers.close()
      if (who !== 'ada') await his.close()
      await settled()
      if (who !== 'bob') hers = ada.sockets.join(chat)
      if (who !== 'ada') his = bob.sockets.join(chat)
      await settled()
      await say()
    }
    // Two ends, two keys each, which the two have in common.
    expect(keys.length).toBe(2 * 4)
    expect(new Set(texts()).size).toBe(2 * 4)
    expect([ada.codes(), bob.codes()]).toEqual([[], []])
  })

  test.each(['ours', 'theirs'])('are others when the value of one side alone is another: %s', async whose => {
    const { sockets, raw } = await encounter()
    const { chat, texts } = keyedChat()
    sockets.join(chat)
    raw.send(raw.hello(1), synced())
    await settled()
    const values = new Set<string>()
    for (let number = 1; number <= 5; number++) {
      raw.send(open(number, raw.tag('chat')))
      await settled()
      const accepted = raw.of('accept').at(-1)
      values.add(accepted?.acceptance.value.toString('hex') ?? '')
      const value = Buffer.alloc(8, whose === 'ours' ? 1 : number)
      raw.send(raw.accept('chat', number, { value, pipelineId: PIPELINE }))
      await settled()
    }
    expect(values.size).toBe(5)
    expect(new Set(texts()).size).toBe(10)
  })

  test('make frames that were recorded before worthless', async () => {
    const { sockets, raw, codes } = await encounter()
    const { chat, keys } = keyedChat()
    const log: string[] = []
    sockets.join(chat, { onmessage: message => log.push(message.toString()) })
    raw.send(raw.hello(1), open(1, raw.tag('chat')), synced())
    await settled()
    const accept = raw.accept('chat', 1, { pipelineId: PIPELINE })
    const recorded = (n: number) => {
      const body = Buffer.concat([keys[0]?.receive ?? Buffer.alloc(0), Buffer.from('\x05hello')])
      return frameOf(KIND.data, n, body)
    }
    raw.send(accept)
    await settled()
    raw.send(recorded(1))
    await settled()
    expect([log, codes()]).toEqual([['hello'], []])
    // The ACCEPT of before is worthless too, and so is the frame in the match that comes after it.
    raw.send(close(1), open(2, raw.tag('chat')), accept, recorded(2))
    await settled()
    expect([log, codes()]).toEqual([['hello'], ['ERR_BAD_SIGNATURE']])
    raw.send(raw.accept('chat', 2, { pipelineId: PIPELINE }), recorded(2), recorded(1))
    await settled()
    expect([log, codes()]).toEqual([['hello'], ['ERR_BAD_SIGNATURE', 'ERR_MIDDLEWARE_REJECTED']])
  })

  test('make frames of one match worthless in another that is complete at the same time', async () => {
    const { sockets, raw, codes } = await encounter()
    const { chat, keys } = keyedChat()
    const log: string[] = []
    sockets.join(chat, { onmessage: message => log.push(message.toString()) })
    raw.send(raw.hello(1), open(1, raw.tag('chat')), open(2, raw.tag('chat')), synced())
    await settled()
    for (const number of [1, 2]) raw.send(raw.accept('chat', number, { pipelineId: PIPELINE }))
    await settled()
    const frame = (n: number, session: number) => {
      const key = keys[session]?.receive ?? Buffer.alloc(0)
      return frameOf(KIND.data, n, Buffer.concat([key, Buffer.from('\x01x')]))
    }
    raw.send(frame(1, 0), frame(2, 1))
    await settled()
    expect([log, codes()]).toEqual([['x', 'x'], []])
    raw.send(frame(1, 1), frame(2, 0))
    await settled()
    expect([log.length, codes()]).toEqual([2, ['ERR_MIDDLEWARE_REJECTED', 'ERR_MIDDLEWARE_REJECTED']])
  })
})

describe('several Peersockets on one network', () => {
  interface Member {
    readonly name: string
    readonly log: string[]
    readonly codes: string[]
    readonly sockets: Peersockets
    readonly room: ReturnType<typeof join>
  }
  const join = (sockets: Peersockets, topic: ReturnType<typeof define>, log: string[]) =>
    sockets.join(topic, {
      onmessage: message => log.push(String(message)),
      onpeerjoin: () => log.push('joins'),
      onpeerleave: () => log.push('leaves')
    })
  const define = () => defineTopic({ name: 'chat', codec: plainJson })

  const memberOf = ({ networker }: Party, name: string, topic = define()): Member => {
    const [log, codes]: [string[], string[]] = [[], []]
    const sockets = new Peersockets(networker, { onreject: ({ code }) => codes.push(code) })
    return { name, log, codes, sockets, room: join(sockets, topic, log) }
  }

  /** All of them say something, and hear what all at the other end have said, once. */
  async function talk(here: readonly Member[], there: readonly Member[]): Promise<void> {
    for (const { log } of [...here, ...there]) log.length = 0
    for (const { room, name } of [...here, ...there]) expect(room.broadcast(`from ${name}`)).toBe(1)
    await settled()
    for (const [ours, theirs] of [
      [here, there],
      [there, here]
    ] as const)
      for (const { log, name } of ours)
        expect([name, ...log.toSorted()]).toEqual([
          name,
          ...theirs.map(from => `from ${from.name}`).toSorted()
        ])
    for (const { codes, room } of [...here, ...there]) expect([codes, room.peers.size]).toEqual([[], 1])
  }

  test.each([
    ['the same definition', 2, 1, true],
    ['definitions of their own', 2, 1, false],
    ['the same definition', 2, 2, true],
    ['definitions of their own', 2, 2, false],
    ['definitions of their own', 3, 4, false]
  ])(
    'are all in one private topic by %s, %i here and %i there: each hears each once, without a conflict',
    async (_what, here, there, isSame) => {
      const {
        parties: [ada, bob]
      } = await parties()
      const topic = define()
      const members = (party: Party, name: string, count: number) =>
        Array.from({ length: count }, (_, n) => memberOf(party, `${name}${n}`, isSame ? topic : define()))
      const [hers, his] = [members(ada, 'ada', here), members(bob, 'bob', there)]
      await settled()
      await talk(hers, his)
      // Whoever leaves, the others stay, and so whoever comes.
      const [first, ...others] = hers
      await first?.room.close()
      await settled()
      await talk(others, his)
      const last = memberOf(ada, 'ada again', isSame ? topic : define())
      await settled()
      await talk([...others, last], his)
      for (const { sockets } of others) await sockets.stop()
      await settled()
      await talk([last], his)
      expect(last.log).not.toContain('leaves')
      await last.sockets.stop()
      await settled()
      for (const { log, room } of his) expect([log.at(-1), room.peers.size]).toEqual(['leaves', 0])
    }
  )

  test('with other pipelines meet those that have theirs, and are told of the others: ERR_PIPELINE_MISMATCH', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const other = defineTopic({ name: 'chat', codec: { ...plainJson, name: 'another' } })
    const [hers, hersToo] = [memberOf(ada, 'ada'), memberOf(ada, 'ada too', other)]
    const his = memberOf(bob, 'bob')
    await settled()
    expect([hers, hersToo, his].map(({ room }) => room.peers.size)).toEqual([1, 0, 1])
    expect([hers, hersToo, his].map(({ codes }) => codes)).toEqual([
      [],
      ['ERR_PIPELINE_MISMATCH'],
      ['ERR_PIPELINE_MISMATCH']
    ])
    his.room.broadcast('hello')
    await settled()
    expect([hers.log, hersToo.log]).toEqual([['joins', 'hello'], []])
    const [key] = [keyOf(bob)]
    expect(() => hersToo.room.send('x', key)).toThrow(
      expect.objectContaining({ code: 'ERR_PIPELINE_MISMATCH', topic: 'chat' })
    )
  })

  test(`are ${MAX_MATCHES} at most in one topic at one end: one more is told, and the others go on`, async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const hers = Array.from({ length: MAX_MATCHES }, (_, n) => memberOf(ada, `ada${n}`))
    const his = memberOf(bob, 'bob')
    await settled()
    await talk(hers, [his])
    const tooMany = memberOf(ada, 'one too many')
    await settled()
    expect([tooMany.room.peers.size, his.codes]).toEqual([0, ['ERR_LIMIT_EXCEEDED']])
    his.codes.length = 0
    await talk(hers, [his])
    expect(tooMany.log).toEqual([])
  })
})

describe('topics that were left', () => {
  const TOPICS = 2000

  test('leave nothing at either end, however many there were on the connection', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties()
    // What comes and goes is counted where both have it, and where one has it alone.
    const round = async (at: number) => {
      for (let n = 0; n < TOPICS; n++) {
        ada.sockets.join(`room ${at} ${n}`, { private: true })
        if (n % 2 === 0) bob.sockets.join(`room ${at} ${n}`, { private: true })
      }
      await settled()
      await (at % 2 === 0 ? ada : bob).sockets.leave()
      await (at % 2 === 0 ? bob : ada).sockets.leave()
      await settled()
    }
    setFlagsFromString('--expose-gc')
    const collect: () => void = runInNewContext('gc')
    const bytes = () => {
      collect()
      collect()
      return process.memoryUsage().heapUsed
    }
    for (let at = 0; at < 3; at++) await round(at)
    const before = bytes()
    for (let at = 3; at < 9; at++) await round(at)
    // A number alone would be twice as much for so many.
    expect((bytes() - before) / (6 * TOPICS)).toBeLessThan(32)
    expect([ada.codes(), bob.codes()]).toEqual([[], []])
    expect(network.streams(0, 1)[0].destroyed).toBe(false)
  })

  test('leave as many frames as they were, and no more', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties()
    await settled()
    const path = new Path(network.streams(0, 1)[1])
    for (let n = 0; n < 100; n++) {
      ada.sockets.join(`room ${n}`, { private: true })
      bob.sockets.join(`room ${n}`, { private: true })
    }
    await settled()
    await ada.sockets.leave()
    const kinds = path.passed.map(({ frame }) => frame?.kind)
    const count = (kind: string) => kinds.filter(each => each === kind).length
    expect(['open', 'accept', 'close'].map(count)).toEqual([100, 100, 100])
    expect(kinds.length).toBe(300 + count('ping') + count('pong'))
  })
})
