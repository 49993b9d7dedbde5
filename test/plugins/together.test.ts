import { randomBytes } from 'node:crypto'
import { json } from '@peersockets/codec-json'
import { deflate } from '@peersockets/mw-deflate'
import { encrypt } from '@peersockets/mw-encrypt'
import { hmac } from '@peersockets/mw-hmac'
import { limit } from '@peersockets/mw-limit'
import { defineTopic, type Middleware, Peersockets } from 'peersockets'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createMemoryMembers, MEMORY_STACKS, type MemoryStackName } from '../../torture/src/stacks.js'

const TIMEOUT = { timeout: 10_000 }

/** Notes the frames that leave, at its place in the pipeline, and may change what comes in there. */
function tap(frames: Buffer[], change: (frame: Buffer) => Buffer = frame => frame): Middleware {
  return {
    name: 'tap',
    open: () => ({
      send(frame) {
        frames.push(frame)
        return frame
      },
      receive: change
    })
  }
}

/** Ada and Bob in a topic with `middleware`, and what each hears and rejects. */
async function pair(stack: MemoryStackName, middleware: readonly Middleware[]) {
  const network = await createMemoryMembers(stack)
  onTestFinished(() => network.close())
  const topic = defineTopic({ name: 'board', codec: json(), middleware: [...middleware] })
  const [ada, bob] = network.members.map(member => {
    const heard: unknown[] = []
    const rejected: string[] = []
    const room = new Peersockets(member.network()).join(topic, {
      onmessage: message => heard.push(message),
      onreject: ({ code }) => rejected.push(code)
    })
    return { room, heard, rejected, key: member.key }
  })
  if (ada === undefined || bob === undefined) throw new Error('There are two.')
  await expect.poll(() => [ada.room.peers.size, bob.room.peers.size], TIMEOUT).toEqual([1, 1])
  return { ada, bob }
}

const text = 'said again and again '.repeat(40)
const message = (n: number) => ({ n, text })

describe.each(MEMORY_STACKS)('on the streams of %s', stack => {
  test('compressed, encrypted, signed and limited, messages arrive as they were sent, both ways, in order', async () => {
    const key = randomBytes(32)
    const generous = { framesPerSecond: 1000, bytesPerSecond: 10_000_000 }
    const frames: Buffer[] = []
    const { ada, bob } = await pair(stack, [
      deflate(),
      encrypt({ key }),
      hmac(),
      limit(generous),
      tap(frames)
    ])
    const sent = Array.from({ length: 300 }, (_, n) => message(n))
    for (const [at, each] of sent.entries()) {
      ada.room.send(each, bob.key)
      bob.room.send(each, ada.key)
      // Several batches each way.
      if (at % 50 === 0) await new Promise(resolve => setImmediate(resolve))
    }
    await expect.poll(() => [ada.heard.length, bob.heard.length], TIMEOUT).toEqual([300, 300])
    expect([ada.heard, bob.heard]).toEqual([sent, sent])
    expect([ada.rejected, bob.rejected]).toEqual([[], []])

    const wire = Buffer.concat(frames)
    expect(wire.length).toBeLessThan((2 * JSON.stringify(sent).length) / 20)
    expect(wire.includes('again')).toBe(false)
  })

  test('each looks only at what the one behind it let through', async () => {
    const log: string[] = []
    const passed = (name: string) =>
      tap([], frame => {
        log.push(name)
        return frame
      })
    let mischief: (frame: Buffer) => Buffer = frame => frame
    const { ada, bob } = await pair(stack, [
      ...[passed('inflated'), deflate(), passed('decrypted'), encrypt({ key: randomBytes(32) })],
      ...[passed('checked'), hmac(), passed('let through'), limit({ maxFrameBytes: 500 })],
      tap([], frame => mischief(frame))
    ])
    const whole = ['let through', 'checked', 'decrypted', 'inflated']
    ada.room.send(message(1), bob.key)
    await expect.poll(() => bob.heard, TIMEOUT).toEqual([message(1)])
    expect(log).toEqual(whole)

    mischief = frame => Buffer.concat([frame, Buffer.alloc(500)])
    ada.room.send(message(2), bob.key)
    await expect.poll(() => bob.rejected, TIMEOUT).toEqual(['ERR_LIMIT_EXCEEDED'])
    expect(log).toEqual(whole)

    mischief = frame => {
      const changed = Buffer.from(frame)
      changed.writeUInt8(changed.readUInt8(30) ^ 1, 30)
      return changed
    }
    ada.room.send(message(3), bob.key)
    await expect.poll(() => bob.rejected, TIMEOUT).toEqual(['ERR_LIMIT_EXCEEDED', 'ERR_BAD_SIGNATURE'])
    expect(log).toEqual([...whole, 'let through'])

    mischief = frame => frame
    ada.room.send(message(4), bob.key)
    await expect.poll(() => bob.heard, TIMEOUT).toEqual([message(1), message(4)])
  })
})
