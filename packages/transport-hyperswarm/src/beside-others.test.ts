import { hmac } from '@peersockets/mw-hmac'
import { createNetwork } from '@peersockets/testing'
import Hypercore from 'hypercore'
import { defineTopic, Peersockets } from 'peersockets'
import Protomux from 'protomux'
import ram from 'random-access-memory'
import { describe, expect, onTestFinished, test } from 'vitest'
import { hyperswarm } from './index.js'

const TIMEOUT = { timeout: 15_000 }
const BLOCKS = 500

const chat = defineTopic({ name: 'chat', middleware: [hmac()] })

async function network() {
  const created = await createNetwork({ stack: 'hyperswarm' })
  onTestFinished(() => created.close())
  const [first, second] = created.swarms
  if (first === undefined || second === undefined) throw new Error('There are two.')
  return { network: created, first, second }
}

async function hypercore(key?: Buffer): Promise<Hypercore> {
  const core = new Hypercore(ram, key)
  onTestFinished(() => core.close())
  await core.ready()
  return core
}

describe('over real Hyperswarm connections', () => {
  test('a Hypercore replicates while topics run, and neither notices the other', async () => {
    const { network: links, first, second } = await network()
    const [near, far] = links.streams(0, 1)
    const source = await hypercore()
    const copy = await hypercore(source.key)
    await source.append(Array.from({ length: BLOCKS }, (_, n) => Buffer.alloc(2000, n)))
    const [ada, bob] = [new Peersockets(hyperswarm(first)), new Peersockets(hyperswarm(second))]
    const heard: Record<string, number[]> = { chat: [], lobby: [] }
    const note = (topic: string) => (message: Buffer) => heard[topic]?.push(Number(message))
    bob.join(chat, { onmessage: note('chat') })
    bob.join('lobby', { onmessage: note('lobby') })
    const [room, lobby] = [ada.join(chat), ada.join('lobby')]
    await expect.poll(() => [room.peers.size, lobby.peers.size], TIMEOUT).toEqual([1, 1])

    source.replicate(near)
    copy.replicate(far)
    const copied: Promise<Buffer>[] = []
    for (let n = 0; n < BLOCKS; n++) {
      copied.push(copy.get(n))
      expect([room.broadcast(`${n}`), lobby.broadcast(`${n}`)]).toEqual([1, 1])
      if (n % 50 === 0) await new Promise(resolve => setImmediate(resolve))
    }
    expect(await Promise.all(copied)).toEqual(Array.from({ length: BLOCKS }, (_, n) => Buffer.alloc(2000, n)))
    const all = Array.from({ length: BLOCKS }, (_, n) => n)
    await expect.poll(() => heard, TIMEOUT).toEqual({ chat: all, lobby: all })
    expect([ada.stats.rejected, bob.stats.rejected]).toEqual([{}, {}])

    // And the other way round: without topics, replication goes on.
    ada.stop()
    bob.stop()
    await source.append([Buffer.from('afterwards')])
    expect(String(await copy.get(BLOCKS))).toBe('afterwards')
    expect([near.destroyed, far.destroyed]).toEqual([false, false])
  })

  test('a handler that throws, or rejects, costs neither the connection nor another protocol', async () => {
    const { network: links, first, second } = await network()
    const [near, far] = links.streams(0, 1)
    const echoed: string[] = []
    const [asking] = [near, far].map(stream => {
      const channel = Protomux.from(stream).createChannel({
        protocol: 'echo',
        messages: [{ onmessage: frame => echoed.push(frame.toString()) }],
        onopen: () => {},
        onclose: () => {}
      })
      channel?.open()
      return channel
    })
    const [ada, bob] = [new Peersockets(hyperswarm(first)), new Peersockets(hyperswarm(second))]
    const failures: string[] = []
    bob.on('reject', ({ code }) => failures.push(code))
    const fail = () => {
      throw new TypeError('a bug in the app')
    }
    const failLater = async () => fail()
    bob.join('lobby', { onmessage: fail, onpeerjoin: fail, onpeerleave: fail })
    bob.join(chat, { onmessage: failLater as () => void, onpeerjoin: fail })
    const [lobby, room] = [ada.join('lobby'), ada.join(chat)]
    await expect.poll(() => [room.peers.size, lobby.peers.size], TIMEOUT).toEqual([1, 1])
    lobby.broadcast('x')
    room.broadcast('x')
    await expect.poll(() => failures, TIMEOUT).toEqual(Array(4).fill('ERR_HANDLER_FAILED'))
    lobby.close()
    await expect.poll(() => failures.length, TIMEOUT).toBe(5)
    asking?.messages[0].send(Buffer.from('still here'))
    await expect.poll(() => echoed, TIMEOUT).toEqual(['still here'])
    expect([near.destroyed, far.destroyed]).toEqual([false, false])
  })

  test('a peer that is banned stays away until it is let in again', async () => {
    const { network: links, first, second } = await network()
    const ada = new Peersockets(hyperswarm(first))
    const bob = new Peersockets(hyperswarm(second))
    const room = ada.join(chat)
    bob.join(chat)
    await expect.poll(() => room.peers.size, TIMEOUT).toBe(1)
    const info = first.peers.get(second.keyPair.publicKey.toString('hex'))
    const attempts: unknown[] = []
    first.on('connection', connection => attempts.push(connection))
    info?.ban(true)
    links.streams(0, 1)[0].destroy()
    await expect.poll(() => room.peers.size, TIMEOUT).toBe(0)
    first.joinPeer(second.keyPair.publicKey)
    await first.flush()
    expect([attempts, room.peers.size]).toEqual([[], 0])
    await links.heal(0, 1)
    await expect.poll(() => room.peers.size, TIMEOUT).toBe(1)
  })
})
