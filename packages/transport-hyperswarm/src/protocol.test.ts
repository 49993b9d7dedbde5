import { settled } from '@peersockets/testing'
import { describe, expect, test } from 'vitest'
import { connected, listen } from './test-support/connected.js'

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
