import { randomBytes } from 'node:crypto'
import { msgpack } from '@peersockets/codec-msgpack'
import { deflate } from '@peersockets/mw-deflate'
import { encrypt } from '@peersockets/mw-encrypt'
import { hmac } from '@peersockets/mw-hmac'
import { limit } from '@peersockets/mw-limit'
import { createNetwork, joinPair, settled } from '@peersockets/testing'
import { hyperswarm } from '@peersockets/transport-hyperswarm'
import { defineTopic, type Middleware, type Network } from 'peersockets'
import { describe, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'

type Change = (frame: Buffer) => Buffer

/** Notes the frames that leave, at its place in the pipeline, and may change what comes in there. */
function tap(frames: Buffer[], change: Change = frame => frame): Middleware {
  return {
    name: 'tap',
    contract: 2,
    open: () => ({
      send(frame) {
        frames.push(Buffer.from(frame))
        return frame
      },
      receive: change
    })
  }
}

/** Notes its name for each frame that comes in, and changes none. */
function witness(name: string, log: string[]): Middleware {
  return {
    name: 'witness',
    contract: 2,
    wire: false,
    open: () => ({
      send: frame => frame,
      receive(frame) {
        log.push(name)
        return frame
      }
    })
  }
}

const posted = z.object({ n: z.int(), text: z.string(), at: z.date(), picture: z.instanceof(Uint8Array) })

/** Typed, and whatever `middleware` does to it. */
function board(middleware: readonly Middleware[]) {
  return defineTopic({ name: 'board', schema: posted, codec: msgpack(), middleware, secret: randomBytes(32) })
}

const text = 'said again and again '.repeat(40)
const message = (n: number) => ({ n, text, at: new Date(n), picture: Buffer.alloc(8, n) })

/** Whether the network itself detects a changed byte, and two of it that are connected. */
const NETWORKS = [
  { name: 'hypercore-protocol 8', authenticated: false, connect: connectedNetworkers },
  { name: 'Hyperswarm 4', authenticated: true, connect: connectedSwarms }
]

async function connectedNetworkers(): Promise<readonly Network[]> {
  const network = await createNetwork({ stack: 'memory' })
  onTestFinished(() => network.close())
  return network.networkers
}

async function connectedSwarms(): Promise<readonly Network[]> {
  const network = await createNetwork({ stack: 'hyperswarm-memory' })
  onTestFinished(() => network.close())
  return network.swarms.map(swarm => hyperswarm(swarm))
}

describe.each(NETWORKS)('on the streams of $name', ({ authenticated, connect }) => {
  const pair = async (middleware: readonly Middleware[]) =>
    joinPair(board(middleware), { networks: await connect() })

  test('typed, compressed, encrypted, signed and limited, messages arrive as they were sent, both ways, in order', async () => {
    const key = randomBytes(32)
    const frames: Buffer[] = []
    const log: string[] = []
    const generous = { bytesPerSecond: 10_000_000 }
    const { alice, bob } = await pair([
      limit({ ...generous, messagesPerSecond: 1000 }),
      deflate(),
      encrypt({ key }),
      hmac({ key }),
      hmac({ tagBytes: 32 }),
      witness('a frame', log),
      limit({ ...generous, framesPerSecond: 1000 }),
      tap(frames)
    ])
    const sent = Array.from({ length: 300 }, (_, n) => message(n))
    for (const [at, each] of sent.entries()) {
      alice.room.send(each, alice.peer)
      bob.room.send(each, bob.peer)
      // Several batches each way.
      if (at % 50 === 0) await new Promise(resolve => setImmediate(resolve))
    }
    await settled()
    expect([alice.received, bob.received]).toEqual([sent, sent])
    expect([alice.rejected, bob.rejected]).toEqual([[], []])

    expect(log).toHaveLength(frames.length)
    const wire = Buffer.concat(frames)
    expect(wire.length).toBeLessThan((2 * JSON.stringify(sent).length) / 20)
    expect(wire.includes('again')).toBe(false)
  })

  test('what was sent before everybody stops arrives, through all of them', async () => {
    const key = randomBytes(32)
    const { alice, bob } = await pair([deflate(), encrypt({ key }), hmac({ key })])
    const sent = Array.from({ length: 300 }, (_, n) => message(n))
    for (const each of sent) alice.room.send(each, alice.peer)
    await alice.sockets.stop()
    expect(bob.received).toEqual(sent)
    expect([alice.rejected, bob.rejected]).toEqual([[], []])
  })

  test('each looks only at what the one behind it let through', async () => {
    const log: string[] = []
    let mischief: Change = frame => frame
    const key = randomBytes(32)
    const { alice, bob } = await pair([
      ...[witness('inflated', log), deflate(), witness('decrypted', log), encrypt({ key })],
      ...[witness('checked', log), hmac({ key }), witness('let through', log), limit({ maxFrameBytes: 500 })],
      tap([], frame => mischief(frame))
    ])
    const whole = ['let through', 'checked', 'decrypted', 'inflated']
    const codes = () => bob.rejected.map(({ code }) => code)
    alice.room.send(message(1), alice.peer)
    await settled()
    expect(bob.received).toEqual([message(1)])
    expect(log).toEqual(whole)

    mischief = frame => Buffer.concat([frame, Buffer.alloc(500)])
    alice.room.send(message(2), alice.peer)
    await settled()
    expect(codes()).toEqual(['ERR_LIMIT_EXCEEDED'])
    expect(log).toEqual(whole)

    mischief = flipped
    alice.room.send(message(3), alice.peer)
    await settled()
    expect(codes()).toEqual(['ERR_LIMIT_EXCEEDED', 'ERR_BAD_SIGNATURE'])
    expect(log).toEqual([...whole, 'let through'])

    mischief = frame => frame
    alice.room.send(message(4), alice.peer)
    await settled()
    expect(bob.received).toEqual([message(1), message(4)])
  })

  test('a signer without a key leaves to an authenticated network what that does, and the one before it checks what it lets pass', async () => {
    const log: string[] = []
    const frames: Buffer[] = []
    let mischief: Change = frame => frame
    const { alice, bob } = await pair([
      ...[encrypt({ key: randomBytes(32) }), witness('checked', log), tap(frames), hmac()],
      ...[witness('arrived', log), tap(frames, frame => mischief(frame))]
    ])
    alice.room.send(message(1), alice.peer)
    await settled()
    expect(bob.received).toEqual([message(1)])
    const [before, behind] = frames.map(({ length }) => length)
    expect(behind).toBe((before ?? 0) + (authenticated ? 0 : 22))

    mischief = flipped
    alice.room.send(message(2), alice.peer)
    await settled()
    expect(bob.rejected.map(({ code }) => code)).toEqual(['ERR_BAD_SIGNATURE'])
    expect(log).toEqual(['arrived', 'checked', 'arrived', ...(authenticated ? ['checked'] : [])])
    expect(bob.received).toEqual([message(1)])
  })
})

function flipped(frame: Buffer): Buffer {
  const changed = Buffer.from(frame)
  changed.writeUInt8(changed.readUInt8(30) ^ 1, 30)
  return changed
}
