import { describe, expect, test } from 'vitest'
import { Peersockets } from '../peersockets.js'
import { keyOf, parties, settled } from '../test-support/parties.js'
import { defineTopic } from '../topic/definition.js'

const MEBIBYTE = 1024 * 1024

describe('the size of a message', () => {
  test('may be all that the connection carries', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties()
    const sizes: number[] = []
    bob.sockets.join('chat', { onmessage: message => sizes.push(message.length) })
    const room = ada.sockets.join('chat')
    const largest = 8 * MEBIBYTE - 16
    room.send(Buffer.alloc(largest), keyOf(bob))
    await settled()
    expect(sizes).toEqual([largest])
    expect(network.streams(0, 1)[0].destroyed).toBe(false)
  })

  test('that is over that is ERR_MESSAGE_TOO_LARGE for the caller, and the connection lives', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties()
    const heard: string[] = []
    bob.sockets.join('chat', { onmessage: message => heard.push(message.toString()) })
    const room = ada.sockets.join('chat')
    const refused = expect.objectContaining({ code: 'ERR_MESSAGE_TOO_LARGE', topic: 'chat' })
    for (const size of [8 * MEBIBYTE - 15, 8 * MEBIBYTE, 9 * MEBIBYTE]) {
      expect(() => room.send(Buffer.alloc(size), keyOf(bob))).toThrow(refused)
    }
    room.send('still here', keyOf(bob))
    await settled()
    expect(heard).toEqual(['still here'])
    expect(network.streams(0, 1).some(stream => stream.destroyed)).toBe(false)
  })

  test('counts with what middleware adds to it, at once or late', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const grow = (frame: Buffer) => Buffer.concat([frame, Buffer.alloc(100)])
    for (const send of [grow, async (frame: Buffer) => grow(frame)]) {
      const padding = { name: 'padding', open: () => ({ send, receive: (frame: Buffer) => frame }) }
      const room = ada.sockets.join(defineTopic({ private: false, name: 'chat', middleware: [padding] }))
      try {
        room.send(Buffer.alloc(8 * MEBIBYTE - 50), keyOf(bob))
      } catch (error) {
        expect(error).toMatchObject({ code: 'ERR_MESSAGE_TOO_LARGE' })
        ada.rejections.push({ error: Object(error), peer: { remotePublicKey: keyOf(bob) } })
      }
      await settled()
      ada.sockets.leave()
    }
    expect(ada.codes()).toEqual(['ERR_MESSAGE_TOO_LARGE', 'ERR_MESSAGE_TOO_LARGE'])
  })

  test('is bounded by maxMessageBytes in both directions', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties()
    const small = new Peersockets(network.networkers[1] ?? bob.networker, { maxMessageBytes: 10 })
    const [heard, codes]: [string[], string[]] = [[], []]
    const receiver = small.join('chat', {
      onmessage: message => heard.push(message.toString()),
      onreject: error => codes.push(error.code)
    })
    const room = ada.sockets.join('chat')
    for (const message of ['0123456789', '0123456789a']) room.send(message, keyOf(bob))
    await settled()
    expect([heard, codes]).toEqual([['0123456789'], ['ERR_MESSAGE_TOO_LARGE']])
    expect(() => receiver.send('0123456789a', keyOf(ada))).toThrow(
      expect.objectContaining({ code: 'ERR_MESSAGE_TOO_LARGE' })
    )
  })
})

describe('backpressure', () => {
  async function stalled(options = {}) {
    const {
      network,
      parties: [ada, bob]
    } = await parties(2, options, false)
    const link = await network.connect(0, 1)
    const received: number[] = []
    bob.sockets.join('chat', { onmessage: message => received.push(message.readUInt32BE()) })
    const room = ada.sockets.join('chat')
    await settled()
    const message = (n: number) => {
      const bytes = Buffer.alloc(1000)
      bytes.writeUInt32BE(n)
      return bytes
    }
    return { network, ada, bob, link, received, room, message, peer: keyOf(bob) }
  }

  test('send gives false from highWaterMark on, and true again once the peer has read', async () => {
    const { link, room, message, peer, received } = await stalled({ highWaterMark: 50_000 })
    link.stall()
    let sent = 0
    while (room.send(message(sent++), peer)) expect(sent).toBeLessThan(200)
    expect(sent).toBeGreaterThan(45)
    link.resume()
    await room.drained(peer)
    expect(room.send(message(sent++), peer)).toBe(true)
    await settled()
    expect(received).toEqual(Array.from({ length: sent }, (_, n) => n))
  })

  test('drained resolves at once for a peer that keeps up', async () => {
    const { room, peer } = await stalled()
    await room.drained(peer)
  })

  test('drained waits while the peer does not read', async () => {
    const { link, room, message, peer } = await stalled({ highWaterMark: 50_000 })
    link.stall()
    for (let n = 0; room.send(message(n), peer); n++) expect(n).toBeLessThan(200)
    let drained = false
    const done = room.drained(peer).then(() => {
      drained = true
    })
    await settled()
    expect(drained).toBe(false)
    link.resume()
    await done
  })

  test('drained resolves when the peer is gone', async () => {
    const { network, link, room, message, peer } = await stalled({ highWaterMark: 50_000 })
    link.stall()
    for (let n = 0; room.send(message(n), peer); n++) expect(n).toBeLessThan(200)
    const drained = room.drained(peer)
    await network.cut(0, 1)
    await drained
    await expect(room.drained(peer)).rejects.toThrow(expect.objectContaining({ code: 'ERR_UNKNOWN_PEER' }))
  })

  test('a peer that never reads costs at most maxQueuedBytes, then ERR_PEER_CONGESTED', async () => {
    const { network, link, room, message, peer, received } = await stalled({ maxQueuedBytes: 100_000 })
    link.stall()
    let sent = 0
    const refused = expect.objectContaining({ code: 'ERR_PEER_CONGESTED', topic: 'chat' })
    expect(() => {
      while (sent < 1000) {
        room.send(message(sent), peer)
        sent++
      }
    }).toThrow(refused)
    expect(network.streams(0, 1)[0]._readableState.buffered).toBeLessThanOrEqual(100_000)
    link.resume()
    await settled()
    expect(received).toEqual(Array.from({ length: sent }, (_, n) => n))
  })

  test('one large message passes whatever the bounds are, when nothing waits', async () => {
    const { room, peer, received } = await stalled({ maxQueuedBytes: 1000, highWaterMark: 1000 })
    const bytes = Buffer.alloc(MEBIBYTE)
    bytes.writeUInt32BE(7)
    room.send(bytes, peer)
    await settled()
    expect(received).toEqual([7])
  })
})
