import { expect, test, vi } from 'vitest'
import { Peersockets } from '../peersockets.js'
import { settled } from '../test-support/parties.js'
import { encounter, open } from '../test-support/raw-peer.js'

// Counting up to the real one takes minutes.
vi.mock(import('./frame.js'), async original => ({ ...(await original()), MAX_TOPIC_NUMBER: 3 }))

test('a connection whose numbers are used up takes no topic more: ERR_LIMIT_EXCEEDED, and none is used twice', async () => {
  const { network, sockets, raw } = await encounter()
  const errors: unknown[] = []
  sockets.on('reject', error => errors.push(error))
  raw.send(raw.hello(1))
  await settled()
  for (const name of ['a', 'b']) {
    sockets.join(name, { private: true })
    void sockets.leave(name, { timeout: 0 })
  }
  for (const name of ['c', 'd']) sockets.join(name, { private: true })
  await settled()
  expect(raw.of('open').map(({ number }) => number)).toEqual([1, 2, 3])
  expect(errors).toEqual([expect.objectContaining({ code: 'ERR_LIMIT_EXCEEDED', topic: 'd' })])

  // Whoever begins anew counts anew.
  await sockets.stop({ timeout: 0 })
  const [networker] = network.networkers
  if (networker === undefined) throw new RangeError('A network has a peer.')
  const next = new Peersockets(networker)
  const room = next.join('e', { private: true })
  await settled()
  raw.send(raw.hello(1), open(1, raw.tag('e')))
  await settled()
  raw.send(raw.accept('e', 1))
  await settled()
  expect([room.peers.size, next.stats.rejected]).toEqual([1, {}])
})

test('a match that needs a number besides that of its topic is made no more, and the others go on', async () => {
  const { sockets, raw, codes } = await encounter()
  for (const name of ['a', 'b']) sockets.join(name, { private: true })
  raw.send(raw.hello(1))
  await settled()
  const tag = raw.tag('a')
  raw.send(open(1, tag), open(2, tag), open(3, tag))
  await settled()
  // 1 and 2 are the topics, and 3 is the second match.
  expect(raw.of('accept').map(({ acceptance }) => acceptance.distance)).toEqual([0, 2])
  expect(codes()).toEqual(['ERR_LIMIT_EXCEEDED'])
})
