import { settled } from '@peersockets/testing'
import type Protomux from 'protomux'
import type { MuxChannel } from 'protomux'
import { describe, expect, test } from 'vitest'
import { connected, listen } from './test-support/connected.js'

const frame = (text: string) => Buffer.from(text)

describe('a peer that does what it likes with Protomux', () => {
  const FLOOD = Buffer.alloc(64 * 1024)

  function raw(mux: Protomux, protocol: string, id?: Buffer): MuxChannel {
    const channel = mux.createChannel({
      protocol,
      ...(id !== undefined && { id }),
      unique: false,
      messages: [{ onmessage: () => {} }],
      onopen: () => {},
      onclose: () => {}
    })
    if (channel === null) throw new Error('The stream is gone.')
    channel.open()
    return channel
  }

  test('cannot stall the connection by a protocol that we do not have', async () => {
    const { ends } = await connected()
    const [near, far] = [listen(ends[0], 'x'), listen(ends[1], 'x')]
    const stranger = raw(ends[1].mux, 'stranger')
    for (let n = 0; n < 16; n++) stranger.messages[0].send(FLOOD)
    far.channel.send(frame('still here'))
    await settled()
    expect(near.log).toEqual(['[open]', 'still here'])
  })

  test('cannot stall it by sending before we have answered', async () => {
    const { ends } = await connected()
    const [near] = [listen(ends[0], 'x'), listen(ends[1], 'x')]
    const late = listen(ends[0], 'late')
    await settled()
    const channel = raw(ends[1].mux, 'late')
    for (let n = 0; n < 16; n++) channel.messages[0].send(FLOOD)
    const far = listen(ends[1], 'x')
    far.channel.send(frame('still here'))
    await settled()
    expect(late.log.filter(text => text.length === FLOOD.length)).toHaveLength(16)
    expect(near.log).toEqual(['[open]', 'still here'])
  })

  test('cannot stall it by opening what we are about to leave', async () => {
    const { network, ends } = await connected()
    const leaving = listen(ends[0], 'x')
    const log: string[] = []
    ends[0].connection.open('y', {
      onmessage: text => {
        log.push(text.toString())
        leaving.channel.close()
      }
    })
    const far = listen(ends[1], 'y')
    await settled()
    network.stall(0, 1)
    far.channel.send(frame('leave'))
    const channel = raw(ends[1].mux, 'x')
    for (let n = 0; n < 16; n++) channel.messages[0].send(FLOOD)
    await settled()
    network.resume(0, 1)
    await settled()
    far.channel.send(frame('still here'))
    await settled()
    expect(log).toEqual(['leave', 'still here'])
    expect(leaving.log.filter(text => text.startsWith('['))).toEqual([])
  })

  test('is refused at once when it opens a protocol of ours under an id', async () => {
    const { network, ends } = await connected()
    listen(ends[0], 'x')
    await settled()
    let answers = 0
    network.attack((chunk, { from }) => {
      if (from === 0) answers++
      return chunk
    })
    raw(ends[1].mux, 'x', Buffer.from('id'))
    await settled()
    expect(answers).toBe(1)
  })

  test('opens a protocol twice, and gets one channel', async () => {
    const { ends } = await connected()
    const near = listen(ends[0], 'x')
    await settled()
    const [one, two] = [
      raw(ends[1].mux, 'x'),
      raw(ends[1].mux, 'x'),
      raw(ends[1].mux, 'x', Buffer.from('id'))
    ]
    one.messages[0].send(frame('one'))
    two.messages[0].send(frame('two'))
    await settled()
    expect(near.log).toEqual(['[open]', 'one'])
    expect([...ends[0].mux]).toHaveLength(1)
  })

  test('opens and closes in one tick, and is found when it opens again', async () => {
    const { ends } = await connected()
    const near = listen(ends[0], 'x')
    await settled()
    for (let round = 0; round < 3; round++) raw(ends[1].mux, 'x').close()
    await settled()
    const far = listen(ends[1], 'x')
    near.channel.send(frame('there'))
    await settled()
    near.channel.send(frame('here'))
    await settled()
    expect(far.log.at(-1)).toBe('here')
    expect(near.channel.remoteOpen).toBe(true)
  })
})
