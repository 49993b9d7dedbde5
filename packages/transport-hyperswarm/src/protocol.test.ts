import type Protomux from 'protomux'
import type { MuxChannel } from 'protomux'
import { describe, expect, test } from 'vitest'
import { connected, listen, settled } from './test-support/connected.js'

const frame = (text: string) => Buffer.from(text)

describe('a protocol on a connection', () => {
  test('that both have is open at both, and carries frames both ways, in order', async () => {
    const { ends } = await connected()
    const [near, far] = [listen(ends[0], 'x'), listen(ends[1], 'x')]
    await settled()
    expect([near.channel.remoteOpen, far.channel.remoteOpen]).toEqual([true, true])
    for (const text of ['a', '', 'b']) near.channel.send(frame(text))
    far.channel.send(frame('c'))
    await settled()
    expect([near.log, far.log]).toEqual([
      ['[open]', 'c'],
      ['[open]', 'a', '', 'b']
    ])
  })

  test('that the peer opens late is open from then on, whoever was first', async () => {
    const { ends } = await connected()
    for (const [first, second] of [ends, [...ends].reverse()]) {
      if (first === undefined || second === undefined) throw new Error('There are two ends.')
      const protocol = first === ends[0] ? 'x' : 'y'
      const early = listen(first, protocol)
      await settled()
      expect(early.channel.remoteOpen).toBe(false)
      const late = listen(second, protocol)
      await settled()
      expect([early.channel.remoteOpen, late.channel.remoteOpen]).toEqual([true, true])
      expect([early.log, late.log]).toEqual([['[open]'], ['[open]']])
    }
  })

  test('carries what was sent before the peer has answered', async () => {
    const { ends } = await connected()
    const far = listen(ends[1], 'x')
    await settled()
    const near = listen(ends[0], 'x')
    const bytes = frame('early')
    near.channel.send(bytes)
    expect(ends[0].connection.queuedBytes).toBeGreaterThanOrEqual(bytes.length)
    bytes.fill(0)
    await settled()
    expect(far.log).toEqual(['[open]', 'early'])
    expect(ends[0].connection.queuedBytes).toBe(0)
  })

  test('that the peer does not have keeps nothing of what is sent on it', async () => {
    const { ends } = await connected()
    const { channel } = listen(ends[0], 'x')
    channel.send(frame('into the void'))
    let woken = false
    ends[0].connection.ondrain(() => {
      woken = true
    })
    await settled()
    expect([woken, ends[0].connection.queuedBytes]).toEqual([true, 0])
    channel.send(frame('again'))
    expect(ends[0].connection.queuedBytes).toBe(0)
    const late = listen(ends[1], 'x')
    await settled()
    expect(late.log).toEqual(['[open]'])
  })

  test('that is closed and opened again in one tick was never left', async () => {
    const { ends } = await connected()
    const [near, far] = [listen(ends[0], 'x'), listen(ends[1], 'x')]
    await settled()
    far.channel.send(frame('under way'))
    near.channel.close()
    const again = listen(ends[0], 'x')
    await settled()
    again.channel.send(frame('hello'))
    await settled()
    expect([near.log, again.log, far.log]).toEqual([['[open]'], ['under way'], ['[open]', 'hello']])
    expect(again.channel.remoteOpen).toBe(true)
  })

  test('can be closed and opened again, at either end, any number of times', async () => {
    const { ends } = await connected()
    const far = listen(ends[1], 'x')
    for (let round = 0; round < 3; round++) {
      const near = listen(ends[0], 'x')
      await settled()
      near.channel.send(frame(`${round}`))
      near.channel.close()
      await settled()
      expect(far.channel.remoteOpen).toBe(false)
    }
    expect(far.log).toEqual(['[open]', '0', '[close]', '[open]', '1', '[close]', '[open]', '2', '[close]'])
  })

  test('that is left at once still delivers what was sent on it', async () => {
    const { ends } = await connected()
    const far = listen(ends[1], 'x')
    await settled()
    const near = listen(ends[0], 'x')
    near.channel.send(frame('bye'))
    near.channel.close()
    await settled()
    expect(far.log).toEqual(['[open]', 'bye', '[close]'])
  })

  test('that is left before a slow peer has answered still delivers all, and does not stop the connection', async () => {
    const { ends } = await connected()
    const [far, other] = [listen(ends[1], 'x'), listen(ends[1], 'y')]
    const beside = listen(ends[0], 'y')
    await settled()
    // All that goes out until the peer can answer goes out at once.
    ends[0].mux.cork()
    const near = listen(ends[0], 'x')
    for (let n = 0; n < 4; n++) near.channel.send(Buffer.alloc(32 * 1024))
    near.channel.close()
    await settled()
    ends[0].mux.uncork()
    await settled()
    beside.channel.send(frame('beside'))
    await settled()
    expect(far.log.map(text => text.length)).toEqual([6, 32768, 32768, 32768, 32768, 7])
    expect(other.log).toEqual(['[open]', 'beside'])
  })

  test('with two users at one end tells both, and stays until both have closed it', async () => {
    const { ends } = await connected()
    const [one, two, far] = [listen(ends[0], 'x'), listen(ends[0], 'x'), listen(ends[1], 'x')]
    await settled()
    far.channel.send(frame('both'))
    await settled()
    one.channel.close()
    await settled()
    far.channel.send(frame('one'))
    await settled()
    expect([one.log, two.log]).toEqual([
      ['[open]', 'both'],
      ['[open]', 'both', 'one']
    ])
    expect(far.log).toEqual(['[open]'])
    two.channel.close()
    await settled()
    expect(far.log).toEqual(['[open]', '[close]'])
  })

  test('leaves nothing behind in Protomux when it is closed', async () => {
    const { ends } = await connected()
    const opened = ends.flatMap(end => ['x', 'y'].map(protocol => listen(end, protocol)))
    await settled()
    for (const { channel } of opened) channel.close()
    await settled()
    for (const { mux } of ends) {
      expect([...mux]).toEqual([])
      expect(mux._notify.size).toBe(0)
      expect(mux._infos.size).toBe(0)
    }
  })

  test('says nothing of its end when the whole connection ends', async () => {
    const { ends, network } = await connected()
    const [near, far] = [listen(ends[0], 'x'), listen(ends[1], 'x')]
    await settled()
    await network.cut(0, 1)
    expect([near.log, far.log]).toEqual([['[open]'], ['[open]']])
    near.channel.send(frame('nowhere'))
    near.channel.close()
    await settled()
  })
})

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
