import { msgpack } from '@peersockets/codec-msgpack'
import { hmac } from '@peersockets/mw-hmac'
import { defineTopic, Peersockets } from 'peersockets'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import {
  formsOf,
  foundIn,
  hashesOf,
  sharedRuns
} from '../../packages/peersockets/src/test-support/needles.js'
import type { Overheard } from '../../packages/peersockets/src/test-support/overheard.js'
import { readFrame } from '../../packages/peersockets/src/wire/frame.js'
import { readSequence } from '../../packages/peersockets/src/wire/sequence.js'
import { type Member, STACKS, type Stack } from './support/stacks.js'

const TIMEOUT = { timeout: 15_000 }

const NAME = 'the-tea-party/42'
const AUTHOR = 'countess-of-lovelace'
const TEXT = 'meet me at the lighthouse'

const schema = z.object({ author: z.string(), text: z.string().max(2000), n: z.number() })
const signed = { name: NAME, schema, codec: msgpack(), middleware: [hmac()] }
const privateChat = defineTopic(signed)
const publicChat = defineTopic({ ...signed, private: false })

const TELLTALE = new Map([
  ...[NAME, AUTHOR, TEXT, privateChat.pipelineId].flatMap(text => [...formsOf(text)]),
  ...hashesOf(NAME)
])

/** What was sent besides greetings. */
function besidesGreetings(packets: readonly Buffer[]): Buffer[] {
  return packets
    .flatMap(packet => readSequence(packet) ?? [])
    .filter(frame => readFrame(frame)?.kind !== 'hello')
}

/** The instances in what was sent in one direction of a connection, in hex: that of its sender, and that of its receiver. */
function instancesOf({ packets }: Overheard): { readonly sender: string; readonly receiver: string } {
  const hellos = packets
    .flatMap(packet => readSequence(packet) ?? [])
    .map(readFrame)
    .filter(frame => frame?.kind === 'hello')
  const senders = new Set(hellos.map(({ instance }) => instance.toString('hex')))
  const receivers = new Set(hellos.map(({ addressee }) => addressee.toString('hex')))
  // An end that has heard of nobody yet addresses itself.
  for (const sender of senders) receivers.delete(sender)
  expect([senders.size, receivers.size]).toEqual([1, 1])
  return { sender: [...senders].join(), receiver: [...receivers].join() }
}

interface Chat {
  /** What the third member got, on each connection that it had. */
  readonly atEve: readonly Overheard[]
  /** What she sent. */
  readonly fromEve: readonly Overheard[]
  /** Each direction of each connection as a proxy on the path saw it. */
  readonly ciphertext: ReadonlyMap<string, readonly Buffer[]>
}

/** Two members chat, one way and the other, to each other and to all, while a third, in a topic of its own, listens. */
async function chat(stack: Stack, topic: typeof privateChat): Promise<Chat> {
  const network = await stack.open({ peers: 3, connected: false })
  const ciphertext = new Map<string, Buffer[]>()
  network.attack((chunk, { from, to }) => {
    const encrypted = Buffer.from(stack.encryptedPart(chunk))
    ciphertext.set(`${from}-${to}`, [...(ciphertext.get(`${from}-${to}`) ?? []), encrypted])
    return chunk
  })
  const [first, second, third] = network.members
  if (first === undefined || second === undefined || third === undefined) throw new Error('There are three.')
  const [atEve, fromEve]: [Overheard[], Overheard[]] = [[], []]
  third.onoverheard(overheard => atEve.push(overheard))
  for (const member of [first, second]) {
    member.onoverheard((overheard, remotePublicKey) => {
      if (remotePublicKey.equals(third.key)) fromEve.push(overheard)
    })
  }

  const heard: string[] = []
  const join = (member: Member, name: string) => {
    const sockets = new Peersockets(member.network())
    return sockets.join(topic, { onmessage: ({ n }) => heard.push(`${name} ${n}`) })
  }
  const [ada, bob] = [join(first, 'ada'), join(second, 'bob')]
  const eve = new Peersockets(third.network()).join('a-topic-of-her-own', { private: true })
  await network.allConnected()
  await expect.poll(() => [ada.peers.size, bob.peers.size], TIMEOUT).toEqual([1, 1])
  for (let n = 0; n < 50; n++) {
    const message = { author: AUTHOR, text: TEXT, n }
    ada.send(message, second.key)
    bob.send(message, first.key)
    expect([ada.broadcast(message), bob.broadcast(message)]).toEqual([1, 1])
  }
  await expect.poll(() => heard.length, TIMEOUT).toBe(200)
  const connections = () =>
    [atEve, fromEve].map(heard => heard.filter(({ packets }) => packets.length > 0).length)
  // She is in no topic of theirs, so that nothing above has waited for her.
  await expect.poll(connections, TIMEOUT).toEqual([2, 2])
  // And again on another connection, because what is equal on two tells something too.
  await network.cut(0, 2)
  await network.heal(0, 2)
  await expect.poll(connections, TIMEOUT).toEqual([3, 3])
  ada.broadcast({ author: AUTHOR, text: TEXT, n: 50 })
  await expect.poll(() => heard.at(-1), TIMEOUT).toBe('bob 50')
  expect(eve.peers.size).toBe(0)
  return { atEve, fromEve, ciphertext }
}

describe.each(STACKS)('over $name, a peer outside the topic', stack => {
  test('gets no byte of name, hash, content, author or pipeline of a private one', async () => {
    const { atEve } = await chat(stack, privateChat)
    for (const { bytes, names } of atEve) {
      expect(bytes().length).toBeGreaterThan(0)
      expect(foundIn(bytes(), TELLTALE)).toEqual([])
      expect(new Set(names.flat())).toEqual(new Set(['peersockets/v1']))
    }
  })

  test('gets the name of a public one, so that the search is worth something', async () => {
    const { atEve } = await chat(stack, publicChat)
    for (const { bytes } of atEve) expect(foundIn(bytes(), TELLTALE)).toEqual([`${NAME} in UTF-8`])
  })

  test('gets nothing on one connection that is equal on another, or in the other direction', async () => {
    const { atEve, fromEve } = await chat(stack, privateChat)
    const directions = [...atEve, ...fromEve].map(overheard => ({
      packets: overheard.packets,
      ...instancesOf(overheard)
    }))
    expect(new Set(directions.map(({ sender }) => sender)).size).toBe(6)
    for (const [n, one] of directions.entries()) {
      for (const other of directions.slice(n + 1)) {
        const isAnswer = one.sender === other.receiver && one.receiver === other.sender
        // Each end of a connection says in its greetings whom it talks to.
        const [ours, theirs] = [one.packets, other.packets].map(packets =>
          isAnswer ? besidesGreetings(packets) : packets
        )
        expect(sharedRuns(ours ?? [], theirs ?? [])).toEqual([])
      }
    }
  })

  test('and somebody on the path find nothing on the wires between the others', async () => {
    const { ciphertext } = await chat(stack, privateChat)
    expect([...ciphertext.keys()].toSorted()).toEqual(['0-1', '0-2', '1-0', '1-2', '2-0', '2-1'])
    const wires = [...ciphertext.values()].map(chunks => Buffer.concat(chunks))
    for (const [n, bytes] of wires.entries()) {
      expect(foundIn(bytes, TELLTALE)).toEqual([])
      for (const other of wires.slice(n + 1)) expect(sharedRuns([bytes], [other])).toEqual([])
    }
  })
})
