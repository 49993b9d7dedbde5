import { deepStrictEqual, ok } from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'
import { bytesOf, type Check } from '../suite.js'
import { type Heard, type Scene, type TransportSubject, withPair } from './subject.js'

const FRAME = bytesOf('queued', 65_536)

/** For what must not happen: a transport may look at its queue now and then only. */
const LONG_ENOUGH_MS = 100

/** How long the system may take to take what it can, in milliseconds. */
const UPTAKE_MS = 10

/** Sends to a peer that reads nothing until the system takes no more of it, and gives how many frames that were. */
async function fillUp({ alice, until }: Scene, near: Heard): Promise<number> {
  const { connection } = alice
  await until(() => connection.queuedBytes === 0, 'nothing to be queued')
  let frames = 0
  while (connection.queuedBytes < 8 * FRAME.length && frames < 512) {
    for (let burst = 0; burst < 16; burst++) near.channel.send(FRAME)
    frames += 16
    await setTimeout(UPTAKE_MS)
  }
  return frames
}

/** What goes out, and when. */
export const queue: readonly Check<TransportSubject>[] = [
  {
    promise: 'counts what is queued, and calls back once when some of it has left',
    run: subject =>
      withPair(subject, async scene => {
        const { pair, alice, bob, until, openBoth } = scene
        const { near, far } = await openBoth(alice, bob)
        const { connection } = alice
        pair.stall()
        const frames = await fillUp(scene, near)
        const [sent, queued] = [frames * FRAME.length, connection.queuedBytes]
        ok(queued >= 8 * FRAME.length, `${sent} bytes were sent to nobody, and ${queued} are queued`)
        ok(queued <= sent * 1.01 + 1024, `${sent} bytes were sent, and ${queued} are queued`)
        let calls = 0
        let inside = true
        connection.ondrain(() => {
          ok(!inside, 'ondrain called back before it returned')
          calls++
        })
        inside = false
        pair.resume()
        await until(() => calls > 0, 'ondrain to call back')
        await until(() => connection.queuedBytes === 0, 'nothing to be queued')
        await until(() => far.frames.length === frames, 'everything to arrive')
        deepStrictEqual(calls, 1)
      })
  },
  {
    promise: 'resolves flush with true once what was sent before has left, and not earlier',
    run: subject =>
      withPair(subject, async scene => {
        const { pair, alice, bob, openBoth, resolved, until } = scene
        const { near, far } = await openBoth(alice, bob)
        const { connection } = alice
        ok(await resolved(connection.flush(), 'flush'), 'flush with nothing to send said false')
        near.channel.send(FRAME)
        ok(await resolved(connection.flush(), 'flush of a frame'), 'flush of a frame said false')
        deepStrictEqual(connection.queuedBytes, 0, 'flush has resolved, and bytes are queued')
        await until(() => far.frames.length === 1, 'what was flushed to arrive')
        pair.stall()
        const frames = await fillUp(scene, near)
        const flushed = connection.flush()
        let over = false
        const note = () => {
          over = true
        }
        flushed.then(note, note)
        await setTimeout(LONG_ENOUGH_MS)
        ok(!over, 'flush resolved while the peer read nothing')
        pair.resume()
        ok(await resolved(flushed, 'flush of what was queued'), 'flush of what was queued said false')
        deepStrictEqual(connection.queuedBytes, 0, 'flush has resolved, and bytes are queued')
        await until(() => far.frames.length === frames + 1, 'everything to arrive')
      })
  },
  {
    promise: 'resolves flush with false when the connection closes, and after that',
    run: subject =>
      withPair(subject, async scene => {
        const { pair, alice, bob, openBoth, resolved } = scene
        const { near } = await openBoth(alice, bob)
        const { connection } = alice
        pair.stall()
        await fillUp(scene, near)
        const [flushed] = await Promise.all([
          resolved(connection.flush(), 'flush at the end'),
          pair.disconnect()
        ])
        ok(!flushed, 'flush of what never left said true')
        ok(!(await resolved(connection.flush(), 'flush after the end')), 'flush after the end said true')
      })
  },
  {
    promise: 'calls back those who wait for ondrain when the connection closes, and after that',
    run: subject =>
      withPair(subject, async ({ pair, alice, bob, until, openBoth }) => {
        const { near } = await openBoth(alice, bob)
        const { connection } = alice
        pair.stall()
        for (let number = 0; number < 32; number++) near.channel.send(FRAME)
        const called: string[] = []
        connection.ondrain(() => called.push('waiting'))
        await pair.disconnect()
        await until(() => called.includes('waiting'), 'ondrain to call back')
        connection.ondrain(() => called.push('late'))
        await until(() => called.includes('late'), 'ondrain to call back on a connection that is gone')
      })
  },
  {
    promise: 'bears it when a connection that is gone is used',
    run: subject =>
      withPair(subject, async ({ pair, alice, bob, until, openBoth }) => {
        const { near } = await openBoth(alice, bob)
        const { connection } = alice
        await pair.disconnect()
        await until(() => alice.gone.length === 1, 'the end to be reported')
        near.channel.send(Buffer.from('nobody'))
        const late = connection.open('late', { onmessage: () => undefined })
        late.send(Buffer.from('nobody'))
        late.close()
        near.channel.close()
        connection.destroy()
        deepStrictEqual([late.remoteOpen, near.events.includes('close')], [false, false])
      })
  }
]
