import { expect, test } from 'vitest'
import type { Layer } from '../plugin.js'
import { settled } from '../test-support/parties.js'
import { close, data, encounter, open, synced } from '../test-support/raw-peer.js'
import { defineTopic } from '../topic/definition.js'

/** A middleware that hands on what it gets, and lets `open` decide whether it works at all. */
const passing = (open: () => void) => ({
  name: 'passing',
  open(): Layer {
    open()
    return { send: frame => frame, receive: frame => frame }
  }
})

test('a topic that an app leaves while it is told that the peer takes no more topics is not opened', async () => {
  const { sockets, raw, codes } = await encounter()
  for (const name of ['a', 'b', 'c', 'd', 'e']) sockets.join(name, { private: true })
  sockets.once('reject', () => {
    for (const name of ['a', 'd']) void sockets.leave(name, { timeout: 0 })
  })
  raw.send(raw.hello(1, 2))
  await settled()
  const opened = ['a', 'b', 'c', 'd', 'e'].filter(name => raw.numbersOf(name).length > 0)
  // The one that was left makes space for another.
  expect(opened).toEqual(['a', 'b', 'e'])
  expect(raw.of('close').map(({ number }) => number)).toEqual(raw.numbersOf('a'))
  expect(codes()).toEqual(['ERR_LIMIT_EXCEEDED'])
})

test('topics that an app leaves while the peer begins anew are not spoken of, and make no space beyond what it takes', async () => {
  const { sockets, raw } = await encounter()
  const leaveOthers = () => {
    for (const name of ['b', 'c']) void sockets.leave(name, { timeout: 0 })
  }
  for (const name of ['a', 'b', 'c']) sockets.join(name, { private: true, onpeerleave: leaveOthers })
  raw.send(raw.hello(1), synced())
  await settled()
  for (const [at, name] of ['a', 'b', 'c'].entries()) await raw.join(name, at + 1)
  const before = raw.heard.length
  raw.send(raw.hello(2, 1))
  await settled()
  // PING is asked by those who leave.
  const kinds = raw.heard.slice(before).map(({ kind }) => kind)
  expect(kinds.filter(kind => kind !== 'ping')).toEqual(['hello', 'open', 'synced'])
  const rejected: unknown[] = []
  sockets.on('reject', ({ code, topic }) => rejected.push([code, topic]))
  sockets.join('d', { private: true })
  await settled()
  expect(rejected).toEqual([['ERR_LIMIT_EXCEEDED', 'd']])
})

test('a topic that an app leaves while it is told that the peer has it open too often has no match any more', async () => {
  const { sockets, raw } = await encounter()
  const tag = raw.tag('chat')
  raw.send(raw.hello(1), ...Array.from({ length: 40 }, (_, n) => open(n + 1, tag)))
  await settled()
  sockets.once('reject', () => void sockets.leave('chat', { timeout: 0 }))
  sockets.join('chat', { private: true })
  await settled()
  expect([raw.of('open').length, raw.of('accept').length, raw.of('close').length]).toEqual([1, 16, 1])
})

test('a peer is gone from a topic in which it has a second session that cannot work: it is told, and left', async () => {
  const { sockets, raw, codes } = await encounter()
  const log: string[] = []
  let sessions = 0
  const broken = passing(() => {
    if (++sessions > 1) throw new Error('one is enough')
  })
  const room = sockets.join(defineTopic({ name: 'chat', middleware: [broken] }), {
    onmessage: message => log.push(message.toString()),
    onpeerjoin: () => log.push('joins'),
    onpeerleave: () => log.push('leaves')
  })
  raw.send(raw.hello(1), synced())
  await settled()
  const number = await raw.join('chat', 7, 'raw > batch > passing')
  raw.send(data(7, 'hello'))
  await settled()
  expect(log).toEqual(['joins', 'hello'])
  await raw.join('chat', 8, 'raw > batch > passing')
  raw.send(data(7, 'anybody there?'), data(8, 'or here?'))
  await settled()
  expect([log, room.peers.size]).toEqual([['joins', 'hello', 'leaves'], 0])
  // Once more for what came after it.
  expect(raw.of('close').map(frame => frame.number)).toEqual([number, number])
  expect(codes()).toEqual(['ERR_MIDDLEWARE_FAILED'])
})

test('a peer that closes a topic is gone from each Peersockets, whatever an app leaves when it is told', async () => {
  const { sockets, raw } = await encounter()
  const log: string[] = []
  for (const name of ['a', 'b'])
    sockets.join(name, {
      private: true,
      onpeerleave: () => {
        log.push(name)
        void sockets.leave({ timeout: 0 })
      }
    })
  raw.send(raw.hello(1), synced())
  await settled()
  for (const [at, name] of ['a', 'b'].entries()) await raw.join(name, at + 1)
  raw.send(close(1), close(2), data(1, 'x'), data(2, 'x'))
  await settled()
  expect(log).toEqual(['a'])
  expect(raw.of('close').length).toBe(2)
})
