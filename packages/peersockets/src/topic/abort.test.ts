import { getEventListeners } from 'node:events'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { Peersockets } from '../peersockets.js'
import { keyOf, parties, settled } from '../test-support/parties.js'

/** How many listeners a signal has. */
function listeners(signal: AbortSignal): number {
  return getEventListeners(signal, 'abort').length
}

/** The names of the warnings that the process has given. */
function warnings(): string[] {
  const names: string[] = []
  const note = (warning: Error) => names.push(warning.name)
  process.on('warning', note)
  onTestFinished(() => {
    process.removeListener('warning', note)
  })
  return names
}

test.each([[2], [11], [100]])(
  '%i joins with one signal put one listener on it, and no warning',
  async joins => {
    const warned = warnings()
    const {
      parties: [ada, bob]
    } = await parties()
    const { signal, abort } = controller()
    const onclose = vi.fn()
    for (let n = 0; n < joins; n++)
      (n % 2 === 0 ? ada : bob).sockets.join(`topic ${n % 7}`, { private: n % 7 > 3, signal, onclose })
    await settled()
    expect([listeners(signal), warned]).toEqual([1, []])
    abort()
    expect(onclose).toHaveBeenCalledTimes(joins)
    expect([ada, bob].map(({ sockets }) => sockets.stats.topics.size)).toEqual([0, 0])
    await settled()
    expect([listeners(signal), warned]).toEqual([0, []])
  }
)

test('a handle that is closed takes its own from the signal, and the last one the listener', async () => {
  const {
    parties: [ada]
  } = await parties()
  const { signal, abort } = controller()
  const onclose = vi.fn()
  const handles = Array.from({ length: 20 }, () => ada.sockets.join('chat', { signal, onclose }))
  for (const handle of handles.slice(1)) void handle.close()
  expect(listeners(signal)).toBe(1)
  void handles[0]?.close()
  expect(listeners(signal)).toBe(0)
  // And it is there again for the next one.
  const again = vi.fn()
  ada.sockets.join('chat', { signal, onclose: again })
  expect(listeners(signal)).toBe(1)
  abort()
  expect([onclose.mock.calls.length, again.mock.calls.length]).toEqual([20, 1])
  expect(listeners(signal)).toBe(0)
})

test.each([
  ['leave', (sockets: Peersockets) => void sockets.leave()],
  ['stop', (sockets: Peersockets) => void sockets.stop()]
])('%s takes everything from the signal', async (_how, end) => {
  const {
    parties: [ada]
  } = await parties()
  const { signal } = controller()
  for (let n = 0; n < 20; n++) ada.sockets.join(`topic ${n}`, { signal })
  end(ada.sockets)
  expect(listeners(signal)).toBe(0)
})

test('a signal that many joins come and go with keeps nothing of them', async () => {
  const {
    parties: [ada]
  } = await parties()
  const { signal } = controller()
  const add = vi.spyOn(signal, 'addEventListener')
  const kept = ada.sockets.join('kept', { signal })
  for (let n = 0; n < 1_000; n++) void ada.sockets.join('chat', { signal }).close()
  expect([add.mock.calls.length, listeners(signal)]).toEqual([1, 1])
  void kept.close()
  expect(listeners(signal)).toBe(0)
})

test('an aborted signal closes at once, what is joined with it is never in the topic', async () => {
  const {
    parties: [ada, bob]
  } = await parties()
  const log: string[] = []
  bob.sockets.join('chat', { private: true, onpeerjoin: () => log.push('seen') })
  await settled()
  const signal = AbortSignal.abort()
  const onclose = vi.fn()
  const handle = ada.sockets.join('chat', { private: true, signal, onclose })
  expect(onclose).toHaveBeenCalledOnce()
  expect(() => handle.send('x', keyOf(bob))).toThrow(expect.objectContaining({ code: 'ERR_CLOSED' }))
  for await (const received of handle) expect.unreachable(String(received))
  await settled()
  expect([log, listeners(signal), ada.sockets.stats.topics.size]).toEqual([[], 0, 0])
})

test('an aborted signal closes no other handle of the topic', async () => {
  const {
    parties: [ada]
  } = await parties()
  const open = ada.sockets.join('chat')
  ada.sockets.join('chat', { signal: AbortSignal.abort() })
  expect(open.broadcast('x')).toBe(0)
  expect(ada.sockets.stats.topics.size).toBe(1)
})

test.each([
  ['public', false],
  ['private', true]
])(
  'aborting while a connection comes up leaves the %s topic, and the connection up',
  async (_kind, isPrivate) => {
    for (const when of ['before', 'in the handshake', 'in onpeerjoin'] as const) {
      const {
        network,
        parties: [ada, bob]
      } = await parties(2, {}, false)
      const { signal, abort } = controller()
      const onclose = vi.fn()
      const theirs = bob.sockets.join('chat', { private: isPrivate })
      ada.sockets.join('chat', {
        private: isPrivate,
        signal,
        onclose,
        onpeerjoin() {
          if (when === 'in onpeerjoin') abort()
        }
      })
      const other = ada.sockets.join('other', { private: isPrivate })
      if (when === 'before') abort()
      else if (when === 'in the handshake') ada.networker.prependListener('handshake', abort)
      await network.connect(0, 1)
      await settled()
      expect([onclose.mock.calls.length, theirs.peers.size, listeners(signal)]).toEqual([1, 0, 0])
      expect([ada.codes(), bob.codes(), other.broadcast('x')]).toEqual([[], [], 0])
      expect(network.streams(0, 1)[0].destroyed).toBe(false)
    }
  }
)

test('a handler that throws when it is closed keeps no other handle of the signal open', async () => {
  const print = vi.spyOn(console, 'error').mockImplementation(() => {})
  const {
    parties: [ada]
  } = await parties()
  const { signal, abort } = controller()
  const onclose = vi.fn(() => {
    throw new Error('my bug')
  })
  for (let n = 0; n < 5; n++) ada.sockets.join(`topic ${n}`, { signal, onclose })
  abort()
  await settled()
  expect([onclose.mock.calls.length, ada.sockets.stats.topics.size]).toEqual([5, 0])
  expect(print).toHaveBeenCalledOnce()
})

test('what is joined while the signal aborts is closed as well', async () => {
  const {
    parties: [ada]
  } = await parties()
  const { signal, abort } = controller()
  const later = vi.fn()
  ada.sockets.join('chat', { signal, onclose: () => ada.sockets.join('later', { signal, onclose: later }) })
  abort()
  expect([later.mock.calls.length, ada.sockets.stats.topics.size, listeners(signal)]).toEqual([1, 0, 0])
})

function controller(): { signal: AbortSignal; abort: () => void } {
  const controller = new AbortController()
  return { signal: controller.signal, abort: () => controller.abort() }
}
