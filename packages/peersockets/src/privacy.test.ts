import { randomBytes } from 'node:crypto'
import {
  createNetwork,
  type MemoryNetwork,
  type MemoryNetworker,
  type ProtocolStream
} from '@peersockets/testing'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { Peersockets } from './peersockets.js'
import type { Middleware } from './plugin.js'
import { plainJson } from './test-support/codecs.js'
import { formsOf, foundIn, hashesOf, sharedRuns } from './test-support/needles.js'
import { type Overheard, overhear } from './test-support/overheard.js'
import { settled } from './test-support/parties.js'
import { accept, hello, open, sequenceOf, synced } from './test-support/raw-peer.js'
import { defineTopic } from './topic/definition.js'
import { ProtocolConnection } from './transport/protocol-connection.js'
import { type Frame, readFrame } from './wire/frame.js'
import { readSequence } from './wire/sequence.js'
import { TopicTags, tagText } from './wire/tag.js'

const NAME = 'the-tea-party/42'
const CONTENT = 'meet me at the lighthouse'

const envelope: Middleware = {
  name: 'paper-envelope',
  open: () => ({ send: frame => frame, receive: frame => frame })
}
const tea = defineTopic({ name: NAME, codec: plainJson, middleware: [envelope] })
/** The same in public, for the tests to show that they would find something. */
const publicTea = defineTopic({ name: NAME, codec: plainJson, middleware: [envelope], private: false })
const secretTea = defineTopic({
  name: NAME,
  codec: plainJson,
  middleware: [envelope],
  secret: Buffer.alloc(16, 'two lumps')
})

const SECRETS = new Map(
  [NAME, CONTENT, tea.pipelineId, plainJson.name, envelope.name].flatMap(text => [...formsOf(text)])
)
const HASHES = hashesOf(NAME)
const TELLTALE = new Map([...SECRETS, ...HASHES])

/** Ada and Bob are the members; Eve is connected to both, and speaks hypercore-protocol and nothing else by herself. */
interface Company {
  readonly network: MemoryNetwork
  readonly ada: Peersockets
  readonly bob: Peersockets
  readonly eve: MemoryNetworker
  readonly keys: readonly [Buffer, Buffer, Buffer]
  /** What reached Eve, on one connection after another: first Ada's, then Bob's. */
  readonly overheard: readonly Overheard[]
  /** Every chunk of ciphertext, by its sender and its receiver. */
  readonly ciphertext: ReadonlyMap<string, readonly Buffer[]>
}

async function company(oneve: (stream: ProtocolStream) => void = greet): Promise<Company> {
  const network = await createNetwork({ stack: 'memory', peers: 3, connected: false })
  onTestFinished(() => network.close())
  const [first, second, eve] = network.networkers
  if (first === undefined || second === undefined || eve === undefined)
    throw new RangeError('There are three.')
  const ciphertext = new Map<string, Buffer[]>()
  network.attack((chunk, { from, to }) => {
    ciphertext.set(`${from}-${to}`, [...(ciphertext.get(`${from}-${to}`) ?? []), Buffer.from(chunk)])
    return chunk
  })
  const overheard: Overheard[] = []
  eve.on('handshake', stream => {
    overheard.push(overhear(stream))
    oneve(stream)
  })
  const [ada, bob] = [new Peersockets(first), new Peersockets(second)]
  const keys = [first.keyPair.publicKey, second.keyPair.publicKey, eve.keyPair.publicKey] as const
  return { network, ada, bob, eve, keys, overheard, ciphertext }
}

async function meet({ network }: Company): Promise<void> {
  for (const [one, other] of [
    [0, 1],
    [0, 2],
    [1, 2]
  ] as const)
    await network.connect(one, other)
  await settled()
}

/** Announces wire v1, and answers each greeting: all that it takes to be told of topics. */
function greet(stream: ProtocolStream): void {
  const extension = stream.registerExtension('peersockets/v1', {
    onmessage: packet => {
      for (const frame of framesIn(packet))
        if (frame.kind === 'hello')
          extension.send(sequenceOf([hello(1, Buffer.from(frame.instance)), synced()]))
    }
  })
  extension.send(Buffer.alloc(0))
}

function framesIn(packet: Buffer): readonly Frame[] {
  return (readSequence(packet) ?? []).flatMap(bytes => readFrame(bytes) ?? [])
}

/** All that happens in a topic, among its members: before Eve is there, while she comes, and afterwards. */
async function tearound(all: Company, topic: typeof tea): Promise<{ heard: unknown[] }> {
  const { network, ada, bob, keys } = all
  const heard: unknown[] = []
  bob.join(topic, { onmessage: message => heard.push(message) })
  const room = ada.join(topic)
  await meet(all)
  room.send(CONTENT, keys[1])
  room.broadcast(CONTENT)
  await settled()
  room.close()
  const again = ada.join(topic)
  await settled()
  again.broadcast(CONTENT)
  const toEve = () => again.send(CONTENT, keys[2])
  if (topic.private) expect(toEve).toThrow(expect.objectContaining({ code: 'ERR_PEER_NOT_IN_TOPIC' }))
  else toEve()
  await settled()
  await network.cut(0, 2)
  await network.heal(0, 2)
  await settled()
  again.broadcast(CONTENT)
  await settled()
  return { heard }
}

function framesOf(overheard: readonly Overheard[]): readonly Frame[] {
  return overheard.flatMap(({ packets }) => packets).flatMap(framesIn)
}

describe('a peer outside a private topic', () => {
  test('gets neither its name, nor a hash of that, nor content, nor what the messages pass through', async () => {
    const all = await company()
    const { heard } = await tearound(all, tea)
    expect(heard).toEqual([CONTENT, CONTENT, CONTENT, CONTENT])
    expect(all.overheard).toHaveLength(3)
    for (const { bytes, names } of all.overheard) {
      expect(foundIn(bytes(), TELLTALE)).toEqual([])
      expect(new Set(names.flat())).toEqual(new Set(['peersockets/v1']))
    }
    // She was told that there are topics, as everybody is.
    expect(new Set(framesOf(all.overheard).map(({ kind }) => kind))).toEqual(
      new Set(['hello', 'open', 'synced', 'close'])
    )
  })

  test('would find name and content of a public one, so that the search is worth something', async () => {
    const all = await company(stream => {
      stream.registerExtension(`peersockets/v0/${NAME}`, {})
    })
    const { heard } = await tearound(all, publicTea)
    expect(heard).toEqual([CONTENT, CONTENT, CONTENT, CONTENT])
    const found = all.overheard.map(({ bytes }) => foundIn(bytes(), TELLTALE))
    expect(found[0]).toEqual([`${NAME} in UTF-8`, `${CONTENT} in UTF-8`])
    expect(found[1]).toEqual([`${NAME} in UTF-8`])
  })

  test('finds nothing on the wire of others either, which is ciphertext', async () => {
    const all = await company()
    await tearound(all, tea)
    const wires = [...all.ciphertext.values()].map(chunks => Buffer.concat(chunks))
    expect(wires).toHaveLength(6)
    for (const bytes of wires) expect(foundIn(bytes, TELLTALE)).toEqual([])
    for (const [n, bytes] of wires.entries()) {
      for (const other of wires.slice(n + 1)) expect(sharedRuns([bytes], [other])).toEqual([])
    }
  })

  test('gets nothing on one connection that is equal on another, or in the other direction', async () => {
    const all = await company(() => undefined)
    // With a topic of her own, to have something to say.
    new Peersockets(all.eve).join('her-own/1', { private: true })
    const fromEve: Overheard[] = []
    const members = [all.network.networkers[0], all.network.networkers[1]]
    for (const member of members) {
      member?.on('handshake', stream => {
        if (stream.remotePublicKey?.equals(all.keys[2])) fromEve.push(overhear(stream))
      })
    }
    await tearound(all, tea)
    const directions = [...all.overheard, ...fromEve]
    expect(directions).toHaveLength(6)
    for (const [n, { packets }] of directions.entries()) {
      expect(packets.length).toBeGreaterThan(1)
      for (const [at, other] of directions.entries()) {
        if (at <= n) continue
        // In the other direction of the same connection the HELLO of each says whom it answers.
        const [mine, theirs] =
          at - n === 3 ? [packets, other.packets].map(withoutHello) : [packets, other.packets]
        expect(sharedRuns(mine ?? [], theirs ?? [])).toEqual([])
      }
    }
    // What is the same everywhere besides: the announcement that there is a wire v1.
    expect(new Set(directions.flatMap(({ names }) => names.flat()))).toEqual(new Set(['peersockets/v1']))
  })

  test('costs a broadcast no byte, and is sent none', async () => {
    const all = await company()
    all.bob.join(tea)
    const room = all.ada.join(tea)
    await meet(all)
    const [toEve] = all.network.streams(0, 2)
    const [toBob] = all.network.streams(0, 1)
    const before = [toEve.bytesSent, toBob.bytesSent]
    for (let n = 0; n < 100; n++) expect(room.broadcast(CONTENT)).toBe(1)
    await settled()
    expect(toEve.bytesSent).toBe(before[0])
    expect(toBob.bytesSent).toBeGreaterThan((before[1] ?? 0) + 100 * CONTENT.length)
  })

  test.each([
    ['every packet it gets', (packet: Buffer) => [packet]],
    ['each tag as its own, and accepts everything', answerEverything]
  ])('is not in the topic by sending back %s', async (_what, answers) => {
    let answered = 0
    const all = await company(stream => {
      const extension = stream.registerExtension('peersockets/v1', {
        onmessage: packet => {
          for (const answer of answers(packet)) if (answered++ < 1000) extension.send(answer)
        }
      })
      extension.send(Buffer.alloc(0))
    })
    const [onpeerjoin, codes] = [vi.fn(), [] as string[]]
    const room = all.ada.join(tea, { onpeerjoin, onreject: error => codes.push(error.code) })
    await meet(all)
    expect(answered).toBeGreaterThan(1)
    expect(answered).toBeLessThan(1000)
    expect(room.peers.size).toBe(0)
    expect(room.broadcast(CONTENT)).toBe(0)
    expect(() => room.send(CONTENT, all.keys[2])).toThrow(
      expect.objectContaining({ code: 'ERR_PEER_NOT_IN_TOPIC' })
    )
    await settled()
    expect(codes).toEqual([])
    expect(onpeerjoin).not.toHaveBeenCalled()
    const kinds = framesOf(all.overheard).map(({ kind }) => kind)
    expect(kinds).toContain('open')
    for (const kind of ['accept', 'data']) expect(kinds).not.toContain(kind)
    for (const { bytes } of all.overheard) expect(foundIn(bytes(), TELLTALE)).toEqual([])
  })
})

function withoutHello(packets: readonly Buffer[]): Buffer[] {
  return packets
    .flatMap(packet => readSequence(packet) ?? [])
    .filter(frame => readFrame(frame)?.kind !== 'hello')
}

/** The topics that came are opened under the same tags, and accepted; whatever they are called there. */
function answerEverything(packet: Buffer): Buffer[] {
  const answers = framesIn(packet).flatMap(frame => {
    if (frame.kind === 'hello') return [hello(1, Buffer.from(frame.instance))]
    if (frame.kind === 'synced') return [synced()]
    if (frame.kind !== 'open') return []
    const acceptance = { value: randomBytes(8), check: randomBytes(6), pipelineId: tea.pipelineId }
    return [
      open(frame.number, frame.tag),
      ...[1, 2, 3, 4].map(number => accept(number, { ...acceptance, distance: 0 }))
    ]
  })
  return answers.length === 0 ? [] : [sequenceOf(answers)]
}

describe('somebody who guesses the name', () => {
  /** Whether the tag of the guess is among those that Eve got, and what she is told when she opens it. */
  async function guess(topic: typeof tea, name: string): Promise<{ recognised: boolean; answers: string[] }> {
    const all = await company()
    all.ada.join(topic)
    await meet(all)
    const [, stream] = all.network.streams(0, 2)
    const { publicKey, remotePublicKey } = stream
    if (publicKey === null || remotePublicKey === null) throw new Error('The handshake is not over.')
    const connection = new ProtocolConnection({ remotePublicKey }, stream, publicKey, remotePublicKey)
    const tags = new TopicTags(connection)
    const [fromAda] = all.overheard
    const heard = () => framesOf(fromAda === undefined ? [] : [fromAda])
    const opened = heard().flatMap(frame => (frame.kind === 'open' ? [tagText(frame.tag)] : []))
    expect(opened).toHaveLength(1)
    const before = heard().length
    stream.registerExtension('peersockets/v1', {}).send(sequenceOf([open(1, tags.local(name, undefined))]))
    await settled()
    return {
      recognised: opened.includes(tags.remote(name, undefined)),
      answers: heard()
        .slice(before)
        .map(({ kind }) => kind)
    }
  }

  test('can tell who is in the topic when it has no secret', async () => {
    expect(await guess(tea, NAME)).toEqual({ recognised: true, answers: ['accept'] })
    expect(await guess(tea, 'the-coffee-party/42')).toEqual({ recognised: false, answers: [] })
  })

  test('cannot tell when it has one: the answer to the right name is that to a wrong one', async () => {
    expect(await guess(secretTea, NAME)).toEqual({ recognised: false, answers: [] })
    expect(await guess(secretTea, 'the-coffee-party/42')).toEqual({ recognised: false, answers: [] })
  })

  test('and joins it without the secret is not in it, hears nothing, and finds nothing', async () => {
    const all = await company(() => undefined)
    const eve = new Peersockets(all.eve)
    const onmessage = vi.fn()
    const hers = eve.join(tea, { onmessage })
    const { heard } = await tearound(all, secretTea)
    expect(heard).toHaveLength(4)
    expect(hers.peers.size).toBe(0)
    expect(onmessage).not.toHaveBeenCalled()
    for (const { bytes } of all.overheard) expect(foundIn(bytes(), TELLTALE)).toEqual([])
  })
})
