import { createNetwork, type ProtocolStream } from '@peersockets/testing'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { settled } from '../test-support/parties.js'
import type { Connection } from './transport.js'

type Copy = typeof import('./networker.js')

/** Two copies of this package, as npm may install them in one program. */
async function copies(): Promise<readonly [Copy, Copy]> {
  vi.resetModules()
  const one = await import('./networker.js')
  vi.resetModules()
  const other = await import('./networker.js')
  expect(other.NetworkerTransport).not.toBe(one.NetworkerTransport)
  return [one, other]
}

async function connected() {
  const network = await createNetwork({ stack: 'memory', peers: 2 })
  onTestFinished(() => network.close())
  const [near, far] = network.streams(0, 1)
  return { network, near, far }
}

async function connections(stream: ProtocolStream) {
  const found: Connection[] = []
  for (const { NetworkerTransport } of await copies()) {
    const streams = [stream]
    const transport = new NetworkerTransport({
      on: () => undefined,
      removeListener: () => undefined,
      streams
    })
    transport.start({ onconnection: connection => found.push(connection), onclose: () => undefined })
  }
  const [one, other] = found
  if (one === undefined || other === undefined) throw new Error('Both report the stream.')
  return [one, other] as const
}

describe('two copies of this package on one stream', () => {
  test('hear every frame once each, and what one closes stays open for the other', async () => {
    const { near, far } = await connected()
    const [one, other] = await connections(near)
    const heard: string[] = []
    const note = (who: string) => ({ onmessage: (frame: Buffer) => void heard.push(`${who} ${frame}`) })
    const mine = one.open('b', note('one'))
    const theirs = other.open('b', note('other'))
    // Before and behind it in the list, so that ids move.
    const before = other.open('a', note('other a'))
    one.open('c', note('one c'))
    const [sender] = await connections(far)
    const sending = sender.open('b', note('sender'))
    await settled()
    sending.send(Buffer.from('1'))
    await settled()
    expect(heard.splice(0)).toEqual(['one 1', 'other 1'])
    before.close()
    mine.close()
    await settled()
    expect(near.extensions.messages.map(({ id, name }) => `${id} ${name}`)).toEqual(['0 b', '1 c'])
    sending.send(Buffer.from('2'))
    theirs.send(Buffer.from('3'))
    await settled()
    expect(heard).toEqual(['other 2', 'sender 3'])
    expect([sending.remoteOpen, theirs.remoteOpen]).toEqual([true, true])
  })

  test('patch it once, and know the same peer', async () => {
    const { near } = await connected()
    const [one, other] = await connections(near)
    const patches = () => [
      near._readableState.shift,
      near.extensions._remove,
      Reflect.get(near.state, '_messages')
    ]
    one.ondrain(() => undefined)
    const before = patches()
    other.ondrain(() => undefined)
    await other.flush()
    expect(patches().every((patch, at) => patch === before[at])).toBe(true)
    expect(other.identity).toBe(one.identity)
    expect(other.peer).toBe(one.peer)
  })
})
