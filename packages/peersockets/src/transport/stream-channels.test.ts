import { createNetwork, type ProtocolStream } from '@peersockets/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { settled } from '../test-support/parties.js'
import { StreamChannels } from './stream-channels.js'

async function streams(): Promise<readonly [ProtocolStream, ProtocolStream]> {
  const network = await createNetwork({ stack: 'memory', peers: 2 })
  onTestFinished(() => network.close())
  return network.streams(0, 1)
}

const silent = { onmessage: () => {} }

describe('the extensions of a stream', () => {
  test('have the ids that their names have in the announced list, after any removal', async () => {
    const [near] = await streams()
    const channels = StreamChannels.of(near)
    const open = new Map(['d', 'a', 'c', 'b'].map(name => [name, channels.open(name, silent)]))
    const foreign = near.registerExtension('bb', { onmessage: () => {} })
    const ids = () => near.extensions.messages.map(({ id, name }) => `${id} ${name}`)
    expect(ids()).toEqual(['0 a', '1 b', '2 bb', '3 c', '4 d'])
    open.get('a')?.close()
    expect(ids()).toEqual(['0 b', '1 bb', '2 c', '3 d'])
    foreign.destroy()
    foreign.destroy()
    expect(ids()).toEqual(['0 b', '1 c', '2 d'])
    open.get('d')?.close()
    open.get('d')?.close()
    expect(ids()).toEqual(['0 b', '1 c'])
  })

  test('leave those of other users working', async () => {
    const [near, far] = await streams()
    const heard: string[] = []
    far.registerExtension('x', { onmessage: message => heard.push(message.toString()) })
    const mine = StreamChannels.of(near).open('a', silent)
    const foreign = near.registerExtension('x', { onmessage: () => {} })
    foreign.send(Buffer.from('before'))
    mine.close()
    foreign.send(Buffer.from('after'))
    await settled()
    expect(heard).toEqual(['before', 'after'])
  })

  test('are announced when they are opened and closed, without a message, once a tick', async () => {
    const [near, far] = await streams()
    const announced: (readonly string[])[] = []
    far.on('extensions', (names: readonly string[]) => announced.push(names))
    const channels = StreamChannels.of(near)
    const open = ['b', 'a', 'c'].map(name => channels.open(name, silent))
    await settled()
    for (const channel of open.slice(0, 2)) channel.close()
    await settled()
    expect(announced).toEqual([['a', 'b', 'c'], ['c']])
  })

  test('know whether the peer has the same, also when it had it first', async () => {
    const [near, far] = await streams()
    const early = StreamChannels.of(far).open('a', silent)
    await settled()
    const late = StreamChannels.of(near).open('a', silent)
    expect([early.remoteOpen, late.remoteOpen]).toEqual([false, true])
    await settled()
    expect(early.remoteOpen).toBe(true)
    late.close()
    await settled()
    expect(early.remoteOpen).toBe(false)
  })

  test('of one name may be open several times; each user hears every message until it closes', async () => {
    const [near, far] = await streams()
    const heard: string[] = []
    const users = ['first', 'second'].map(user =>
      StreamChannels.of(far).open('a', { onmessage: message => heard.push(`${user} ${message}`) })
    )
    const sender = StreamChannels.of(near).open('a', silent)
    sender.send(Buffer.from('1'))
    await settled()
    users[0]?.close()
    sender.send(Buffer.from('2'))
    await settled()
    expect(heard).toEqual(['first 1', 'second 1', 'second 2'])
  })

  test('announce nothing on a stream that is gone', async () => {
    const [near] = await streams()
    near.destroy()
    const channel = StreamChannels.of(near).open('a', silent)
    channel.send(Buffer.from('x'))
    await settled()
    expect(channel.remoteOpen).toBe(false)
  })
})

describe('a message of the stack that would end the process', () => {
  // What only a peer with a changed stack sends: an extension message whose id is missing, or never ends.
  interface Sender {
    _send(channel: number, type: number, message: Buffer): void
  }

  // What only a peer with no stack at all sends.
  interface PlainSender {
    readonly _encryption: { encrypt(bytes: Buffer): Buffer }
    readonly handlers: { send(bytes: Buffer): void }
  }

  test.each([
    ['no id', Buffer.alloc(0)],
    ['half an id', Buffer.from([0x80])],
    ['an id without an end', Buffer.alloc(20, 0xff)]
  ])('with %s is passed over', async (_what, message) => {
    const [near, far] = await streams()
    const heard: string[] = []
    StreamChannels.of(far).open('a', { onmessage: received => heard.push(received.toString()) })
    const sender = StreamChannels.of(near).open('a', silent)
    const raw: Sender = Object(near.state)
    raw._send(0, 15, message)
    sender.send(Buffer.from('still here'))
    await settled()
    expect(heard).toEqual(['still here'])
    expect(far.destroyed).toBe(false)
  })

  test.each([
    ['its length', Buffer.alloc(200, 0x80)],
    ['its header', Buffer.concat([Buffer.of(3), Buffer.alloc(200, 0x80)])]
  ])('with a number in %s that overflows ends its connection', async (_what, number) => {
    const [near, far] = await streams()
    StreamChannels.of(far).open('a', silent)
    const errors: Error[] = []
    far.on('error', error => errors.push(error))
    const raw: PlainSender = Object(near.state)
    raw.handlers.send(raw._encryption.encrypt(Buffer.concat([number, Buffer.alloc(20)])))
    await settled()
    expect(far.destroyed).toBe(true)
    expect(errors.map(({ message }) => message)).toEqual([expect.stringContaining('longer than any can be')])
  })
})
