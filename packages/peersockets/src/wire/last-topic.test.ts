import { expect, test, vi } from 'vitest'
import { Peersockets } from '../peersockets.js'
import { settled } from '../test-support/parties.js'
import { encounter, hello } from '../test-support/raw-peer.js'

// Counting up to the real one takes minutes.
vi.mock(import('./frame.js'), async original => ({ ...(await original()), MAX_TOPIC_ID: 2 }))

test('a connection whose ids are used up takes no topic more: ERR_LIMIT_EXCEEDED, and no id is used twice', async () => {
  const { network, sockets, raw, codes } = await encounter()
  raw.send(hello(1))
  await settled()
  for (const name of ['a', 'b']) {
    sockets.join(name, { private: true })
    sockets.leave(name)
  }
  const rooms = ['c', 'd'].map(name => sockets.join(name, { private: true }))
  await settled()
  expect(raw.of('open').map(({ id }) => id)).toEqual([0, 1, 2])
  expect(codes()).toEqual(['ERR_LIMIT_EXCEEDED'])
  expect(() => rooms[1]?.send('x', raw.stream.publicKey ?? '')).toThrow(
    expect.objectContaining({ code: 'ERR_LIMIT_EXCEEDED', topic: 'd' })
  )
  sockets.stop()
  const [networker] = network.networkers
  if (networker === undefined) throw new RangeError('A network has a peer.')
  const next = new Peersockets(networker)
  next.join('e', { private: true })
  expect(next.stats.rejected).toEqual({ ERR_LIMIT_EXCEEDED: 1 })
})
