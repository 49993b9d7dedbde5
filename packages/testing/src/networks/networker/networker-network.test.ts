import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
import { afterEach, describe, expect, test } from 'vitest'
import { createBitFlipper, createNetwork, type NetworkerNetwork } from '../index.js'

let network: NetworkerNetwork | undefined
afterEach(async () => {
  await network?.close()
  network = undefined
})

async function create(peers: number, connected = true): Promise<NetworkerNetwork> {
  network = await createNetwork({ peers, stack: 'networker', connected })
  return network
}

function first<T>(items: readonly T[]): [T, T] {
  const [one, other] = items
  if (one === undefined || other === undefined) throw new Error('There are no two.')
  return [one, other]
}

describe('a network of real networkers', () => {
  test('every peer has every other, on a socket of a loopback address that is not 127.0.0.1', async () => {
    const { networkers } = await create(3)
    for (const networker of networkers) {
      const known = [...networker.peers].map(peer => peer.remotePublicKey.toString('hex')).sort()
      const others = networkers.filter(other => other !== networker)
      expect(known).toEqual(others.map(other => other.keyPair.publicKey.toString('hex')).sort())
      for (const peer of networker.peers) {
        expect(peer.type).toBe('tcp')
        expect(peer.remoteAddress).toMatch(/^127\.(?!0\.0\.1$)/)
      }
    }
  })

  test('an extension message of a networker passes, both ways', async () => {
    const { networkers } = await create(2)
    const [one, other] = first(networkers)
    const received: string[] = []
    const listen = (name: string) => ({ onmessage: (message: Buffer) => received.push(`${name} ${message}`) })
    const fromOne = one.registerExtension('x', listen('one'))
    const fromOther = other.registerExtension('x', listen('other'))
    fromOne.broadcast(Buffer.from('hello'))
    await expect.poll(() => received).toEqual(['other hello'])
    fromOther.broadcast(Buffer.from('yourself'))
    await expect.poll(() => received).toEqual(['other hello', 'one yourself'])
  })

  test('peers that are not to be connected at first know nobody until they are', async () => {
    const { networkers, allConnected } = await create(2, false)
    expect(networkers.map(networker => networker.peers.size)).toEqual([0, 0])
    await allConnected()
    expect(networkers.map(networker => networker.peers.size)).toEqual([1, 1])
  })

  test('a bit flipped on the way makes one message another', async () => {
    const { streams, attack } = await create(2)
    const [near, far] = streams(0, 1)
    const received: string[] = []
    far.registerExtension('pay', { onmessage: message => received.push(message.toString()) })
    const sender = near.registerExtension('pay')
    const pay = async () => {
      const before = received.length
      sender.send(Buffer.from('pay alice 10'))
      await expect.poll(() => received.length).toBe(before + 1)
    }
    const flipper = createBitFlipper()
    attack(flipper.attack)
    await pay()
    const flipped = flipper.flipNext({ offsetFromEnd: 2, mask: 0x08 }, ({ from }) => from === 0)
    far.ping()
    near.ping()
    await pay()
    expect(await flipped).toMatchObject({ from: 0, to: 1 })
    await pay()
    expect(received).toEqual(['pay alice 10', 'pay alice 90', 'pay alice 10'])
  })

  test('what an attack drops never arrives, and what it adds does', async () => {
    const { streams, attack } = await create(2)
    const [near, far] = streams(0, 1)
    const received: string[] = []
    far.registerExtension('x', { onmessage: message => received.push(message.toString()) })
    const sender = near.registerExtension('x')
    sender.send(Buffer.from('one'))
    await expect.poll(() => received).toEqual(['one'])
    const caught: Buffer[] = []
    attack((chunk, { from }) => {
      if (from !== 0) return chunk
      caught.push(chunk)
      return null
    })
    sender.send(Buffer.from('two'))
    await expect.poll(() => caught.length).toBe(1)
    attack((chunk, { from }) => (from === 0 ? [...caught, chunk] : chunk))
    sender.send(Buffer.from('three'))
    await expect.poll(() => received).toEqual(['one', 'two', 'three'])
  })

  test('a cut removes the peers on both sides and leaves the others alone; healing adds them again', async () => {
    const { networkers, streams, cut, heal } = await create(3)
    const log: string[] = []
    for (const [place, networker] of networkers.entries()) {
      networker.on('peer-add', () => log.push(`+${place}`))
      networker.on('peer-remove', () => log.push(`-${place}`))
    }
    const untouched = [...streams(0, 2), ...streams(1, 2)]
    const [before] = streams(0, 1)
    await cut(0, 1)
    expect(log.sort()).toEqual(['-0', '-1'])
    expect(() => streams(0, 1)).toThrow('not connected')
    await heal(1, 0)
    expect(log.sort()).toEqual(['+0', '+1', '-0', '-1'])
    expect(streams(0, 1)[0]).not.toBe(before)
    expect([...streams(0, 2), ...streams(1, 2)]).toEqual(untouched)
    expect(untouched.some(stream => stream.destroyed)).toBe(false)
  })

  test('a cut outlasts every attempt to connect again', async () => {
    const { networkers, cut, heal } = await create(2)
    const [one, other] = first(networkers)
    const dialled = Promise.race([once(one, 'stream-opened'), once(other, 'stream-opened')])
    await cut(0, 1)
    await dialled
    expect([one.peers.size, other.peers.size]).toEqual([0, 0])
    await heal(0, 1)
    expect([one.peers.size, other.peers.size]).toEqual([1, 1])
  })

  test('a pair that is cut before anybody connects stays apart', async () => {
    const { cut, heal, allConnected, networkers } = await create(3, false)
    await cut(0, 2)
    await allConnected()
    expect(networkers.map(networker => networker.peers.size)).toEqual([1, 2, 1])
    await heal(0, 2)
    expect(networkers.map(networker => networker.peers.size)).toEqual([2, 2, 2])
  })

  test('stalled peers stay connected, and get everything once they resume', async () => {
    const { streams, stall, resume } = await create(2)
    const [near, far] = streams(0, 1)
    let bytes = 0
    far.registerExtension('x', {
      onmessage: message => {
        bytes += message.length
      }
    })
    const sender = near.registerExtension('x')
    sender.send(Buffer.alloc(1))
    await expect.poll(() => bytes).toBe(1)
    stall(0, 1)
    // More than the buffers of the sockets on the way hold.
    for (let n = 0; n < 32; n++) sender.send(Buffer.alloc(1 << 20))
    await new Promise(resolve => setTimeout(resolve, 50))
    expect(near._readableState.buffered).toBeGreaterThan(1 << 20)
    expect(bytes).toBeLessThan(32 << 20)
    expect(near.destroyed || far.destroyed).toBe(false)
    resume(0, 1)
    await expect.poll(() => bytes, { timeout: 10_000 }).toBe((32 << 20) + 1)
  })

  test('what is throttled passes at its rate, in order, in its direction only', async () => {
    const { streams, throttle } = await create(2)
    const [near, far] = streams(0, 1)
    const received: string[] = []
    const listen = (name: string) => ({ onmessage: (message: Buffer) => received.push(`${name} ${message}`) })
    const [fromNear, fromFar] = [
      near.registerExtension('x', listen('near')),
      far.registerExtension('x', listen('far'))
    ]
    for (const each of [fromNear, fromFar]) each.send(Buffer.from('hello'))
    await expect.poll(() => received.sort()).toEqual(['far hello', 'near hello'])
    throttle(0, 1, 1)
    for (const text of ['one', 'two']) fromNear.send(Buffer.from(text))
    for (const text of ['three', 'four']) fromFar.send(Buffer.from(text))
    await expect.poll(() => received.slice(2)).toEqual(['near three', 'near four'])
    throttle(0, 1, Number.POSITIVE_INFINITY)
    await expect.poll(() => received.slice(4)).toEqual(['far one', 'far two'])
  })

  test('close leaves nothing open', async () => {
    const { close } = await createNetwork({ peers: 3, stack: 'networker' })
    expect(openSockets()).not.toEqual([])
    await close()
    await expect.poll(openSockets).toEqual([])
  })

  test('a process that closes its network ends by itself', async () => {
    const program = `
      import { createNetwork } from './src/index.ts'
      const network = await createNetwork({ peers: 3, stack: 'networker' })
      await network.cut(0, 1)
      await network.close()
      console.log('closed')
    `
    const args = ['--import', 'tsx', '--input-type=module', '--eval', program]
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 20_000 })
    expect(stdout).toBe('closed\n')
  })
})

function openSockets(): string[] {
  return process.getActiveResourcesInfo().filter(kind => /^(TCP|UDP)/.test(kind))
}
