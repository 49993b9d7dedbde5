import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import {
  type Bootstrap,
  createBootstrap,
  createHyperswarm,
  createNetworker,
  createTestnet,
  type Testnet
} from '@peersockets/testing'
import { hyperswarm } from '@peersockets/transport-hyperswarm'
import { Peersockets, type Topic, type TopicHandle } from 'peersockets'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MAX_HOPS, type Note, notes } from './note.js'

const TIMEOUT = { timeout: 30_000 }
const MAIN = new URL('main.ts', import.meta.url)

const key = randomBytes(32)
let nodes: { readonly networker: Bootstrap; readonly hyperswarm: Testnet }
beforeEach(async () => {
  nodes = { networker: await createBootstrap(), hyperswarm: await createTestnet() }
})
/** All at once: one that leaves the DHT asks those that have left before, and waits for an answer. */
const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  await Promise.all(closing.splice(0).map(close => close()))
  await nodes.networker.close()
  await nodes.hyperswarm.destroy()
})

interface Member {
  readonly room: TopicHandle<Note>
  readonly heard: Note[]
  /** The codes of what was dropped. */
  readonly rejected: string[]
  say(text: string, hops?: number): void
}

function member(sockets: Peersockets, from: string, topic: Topic<Note>): Member {
  const heard: Note[] = []
  const rejected: string[] = []
  const room = sockets.join(topic, {
    onmessage: note => heard.push(note),
    onreject: ({ code }) => rejected.push(code)
  })
  return {
    room,
    heard,
    rejected,
    say: (text, hops = 0) => room.broadcast({ id: randomUUID(), hops, from, text })
  }
}

async function onNetworker(from: string, withKey = key): Promise<Member> {
  const networker = await createNetworker({ bootstrap: nodes.networker.address })
  closing.push(() => networker.close())
  const topic = notes(withKey)
  const created = member(new Peersockets(networker), from, topic)
  await networker.configure(topic.discoveryKey())
  return created
}

async function onHyperswarm(from: string, withKey = key): Promise<Member> {
  const swarm = createHyperswarm({ bootstrap: nodes.hyperswarm.bootstrap })
  closing.push(() => swarm.destroy())
  const topic = notes(withKey)
  const created = member(new Peersockets(hyperswarm(swarm)), from, topic)
  await swarm.join(topic.discoveryKey()).flushed()
  return created
}

/** A bridge in a process of its own, and what it says. */
async function startBridge(): Promise<{ readonly output: () => string }> {
  const [node] = nodes.hyperswarm.bootstrap
  const args = ['--networker', nodes.networker.address, '--hyperswarm', `${node?.host}:${node?.port}`]
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN.pathname, ...args], {
    env: { ...process.env, BRIDGE_KEY: key.toString('hex') },
    stdio: ['ignore', 'pipe', 'inherit']
  })
  closing.push(() => end(child))
  let output = ''
  child.stdout.on('data', chunk => {
    output += chunk
  })
  await expect.poll(() => output, TIMEOUT).toContain('Bridging.')
  return { output: () => output }
}

async function end(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  expect(await exit).toEqual([0, null])
}

const texts = ({ heard }: Member) => heard.map(({ from, text }) => `${from}: ${text}`)

describe('a bridge between the two networks, in a process that runs both stacks', () => {
  test('carries notes both ways, once, in order', async () => {
    const ada = await onNetworker('ada')
    await startBridge()
    const bob = await onHyperswarm('bob')
    await expect.poll(() => [ada.room.peers.size, bob.room.peers.size], TIMEOUT).toEqual([1, 1])
    for (let n = 0; n < 20; n++) {
      ada.say(`to bob ${n}`)
      bob.say(`to ada ${n}`)
    }
    const expected = (text: string) => Array.from({ length: 20 }, (_, n) => `${text} ${n}`)
    await expect.poll(() => texts(bob), TIMEOUT).toEqual(expected('ada: to bob'))
    await expect.poll(() => texts(ada), TIMEOUT).toEqual(expected('bob: to ada'))
    expect(bob.heard.map(({ hops }) => hops)).toEqual(Array(20).fill(1))
  })

  test('relays nothing of somebody without the key, and says that it was dropped', async () => {
    const eve = await onNetworker('eve', randomBytes(32))
    const { output } = await startBridge()
    const bob = await onHyperswarm('bob')
    await expect.poll(() => [eve.room.peers.size, bob.room.peers.size], TIMEOUT).toEqual([1, 1])
    eve.say('pay alice 10')
    await expect.poll(output, TIMEOUT).toContain('Dropped: ERR_BAD_SIGNATURE')
    // What is honest comes through, so what was dropped would have come before it.
    const ada = await onNetworker('ada')
    await expect.poll(() => ada.room.peers.size, TIMEOUT).toBe(2)
    ada.say('hello')
    await expect.poll(() => texts(bob), TIMEOUT).toEqual(['ada: hello'])
    // Nor does somebody without it believe anybody.
    await expect.poll(() => eve.rejected, TIMEOUT).toEqual(['ERR_BAD_SIGNATURE'])
    expect(eve.heard).toEqual([])
  })

  test('does not send a note round: with two bridges each relays it once, and it ends after some hops', async () => {
    const ada = await onNetworker('ada')
    const bridges = [await startBridge(), await startBridge()]
    const bob = await onHyperswarm('bob')
    await expect.poll(() => [ada.room.peers.size, bob.room.peers.size], TIMEOUT).toEqual([2, 2])
    ada.say('too far', MAX_HOPS)
    for (let n = 0; n < 10; n++) ada.say(`${n}`)
    const times = (text: string) =>
      [...ada.heard, ...bob.heard].filter(note => note.text === text && note.from === 'ada').length
    for (let n = 0; n < 10; n++) await expect.poll(() => times(`${n}`), TIMEOUT).toBe(2)
    // A note more, and back: whatever went round has had the time to do so.
    bob.say('over')
    await expect.poll(() => ada.heard.some(({ text }) => text === 'over'), TIMEOUT).toBe(true)
    for (let n = 0; n < 10; n++) expect(times(`${n}`)).toBe(2)
    expect(times('too far')).toBe(0)
    for (const { output } of bridges) expect(output()).not.toContain('Dropped')
  })
})

test('a mistake on the command line is told in a sentence', async () => {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN.pathname], { stdio: 'pipe' })
  let errors = ''
  child.stderr.on('data', chunk => {
    errors += chunk
  })
  expect(await once(child, 'close')).toEqual([1, null])
  expect(errors).toBe('BRIDGE_KEY is the shared key in hex, 16 bytes or more.\n')
})
