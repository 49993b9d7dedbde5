import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { PeersocketsError } from '../errors.js'
import { Peersockets } from '../peersockets.js'
import type { Layer, Middleware, Session } from '../plugin.js'
import { plainJson } from '../test-support/codecs.js'
import { keyOf, type Party, parties, settled } from '../test-support/parties.js'
import { defineTopic, type Topic } from '../topic/definition.js'

/** A middleware made of what it does to a frame; by default nothing. */
function stage(name: string, layer: Partial<Layer> = {}): Middleware {
  return { name, open: () => ({ send: frame => frame, receive: frame => frame, ...layer }) }
}

/** Writes its name before the frame, and takes it off again; each pass is noted in `log`. */
function envelope(name: string, log: string[], pause?: () => Promise<void> | undefined): Middleware {
  const wrap = (frame: Buffer) => Buffer.concat([Buffer.from(`${name}(`), frame])
  const unwrap = (frame: Buffer) => {
    if (!frame.subarray(0, name.length + 1).equals(Buffer.from(`${name}(`))) throw new Error(`not in ${name}`)
    return frame.subarray(name.length + 1)
  }
  const pass = (what: string, turn: (frame: Buffer) => Buffer) => (frame: Buffer) => {
    const paused = pause?.()
    const now = () => {
      log.push(`${name}.${what}`)
      return turn(frame)
    }
    return paused === undefined ? now() : paused.then(now)
  }
  return stage(name, { send: pass('send', wrap), receive: pass('receive', unwrap) })
}

function hear(party: Party, topic: Topic<unknown>): unknown[] {
  const heard: unknown[] = []
  party.sockets.join(topic, { onmessage: message => heard.push(message) })
  return heard
}

describe('the order of a pipeline', () => {
  test('is validate, encode, middleware in order, and on receive the exact reverse', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const log: string[] = []
    const topic = defineTopic({
      private: false,
      name: 'chat',
      schema: z.string().refine(() => log.push('validate') > 0),
      codec: {
        name: 'log',
        encode(value) {
          log.push('encode')
          return plainJson.encode(value)
        },
        decode(bytes) {
          log.push('decode')
          return plainJson.decode(bytes)
        }
      },
      middleware: [envelope('a', log), envelope('b', log), envelope('c', log)]
    })
    bob.sockets.join(topic, { onmessage: message => log.push(`onmessage ${message}`) })
    const room = ada.sockets.join(topic)
    room.send('first', keyOf(bob))
    await settled()
    log.length = 0
    room.send('hi', keyOf(bob))
    await settled()
    expect(log).toEqual([
      ...['validate', 'encode', 'a.send', 'b.send', 'c.send'],
      ...['c.receive', 'b.receive', 'a.receive', 'decode', 'validate', 'onmessage hi']
    ])
  })

  test('puts the last middleware outermost on the wire', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const frames: string[] = []
    bob.sockets.join('chat', { onmessage: frame => frames.push(frame.toString()) })
    const room = ada.sockets.join(
      defineTopic({ private: false, name: 'chat', middleware: [envelope('a', []), envelope('b', [])] })
    )
    room.send('hi', keyOf(bob))
    await settled()
    expect(frames).toEqual(['b(a(hi'])
  })

  test('is kept for each topic and peer when stages take their time, now and then', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    let turn = 0
    const sometimes = () =>
      turn++ % 3 === 0 ? new Promise<void>(resolve => setTimeout(resolve, turn % 4)) : undefined
    const topic = defineTopic({
      private: false,
      name: 'chat',
      codec: plainJson,
      middleware: [envelope('a', [], sometimes), envelope('b', []), envelope('c', [], sometimes)]
    })
    const heard = hear(bob, topic)
    const room = ada.sockets.join(topic)
    const sent = Array.from({ length: 50 }, (_, n) => n)
    for (const n of sent) room.send(n, keyOf(bob))
    await expect.poll(() => heard.length).toBe(sent.length)
    expect(heard).toEqual(sent)
    expect(ada.codes()).toEqual([])
  })

  test('a topic that waits does not hold up another', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const stuck = defineTopic({
      private: false,
      name: 'stuck',
      middleware: [stage('never', { receive: () => new Promise(() => {}) })]
    })
    const free = defineTopic({ private: false, name: 'free', codec: plainJson, middleware: [stage('none')] })
    bob.sockets.join(stuck)
    const heard = hear(bob, free)
    ada.sockets.join(stuck).send('x', keyOf(bob))
    ada.sockets.join(free).send('y', keyOf(bob))
    await settled()
    expect(heard).toEqual(['y'])
  })

  test('stays synchronous when every stage is: the message has left when send returns', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties()
    const room = ada.sockets.join(
      defineTopic({ private: false, name: 'chat', middleware: [stage('a'), stage('b')] })
    )
    await settled()
    const [stream] = network.streams(0, 1)
    const before = stream.bytesSent
    room.send('x'.repeat(100), keyOf(bob))
    expect(stream.bytesSent - before).toBeGreaterThan(100)
  })
})

describe('a middleware', () => {
  test('is opened once per topic and connection, with what it needs to know', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties()
    const sessions: unknown[] = []
    const spy: Middleware = {
      name: 'spy',
      open(session) {
        sessions.push([
          session.topic,
          session.localPublicKey,
          session.remotePublicKey,
          session.peer.remotePublicKey
        ])
        return { send: frame => frame, receive: frame => frame }
      }
    }
    const topic = defineTopic({ private: false, middleware: [spy] })
    for (const name of ['a', 'b']) {
      ada.sockets.join(topic, { name })
      ada.sockets.join(topic, { name })
    }
    const keys = [keyOf(ada), keyOf(bob), keyOf(bob)]
    expect(sessions).toEqual([
      ['a', ...keys],
      ['b', ...keys]
    ])
    await network.connect(0, 1)
    expect(sessions).toHaveLength(4)
  })

  test('gets a new layer each time the topic is joined, which is closed when it is left, or with the connection', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties()
    const log: string[] = []
    const counter: Middleware = {
      name: 'counter',
      open() {
        let sent = 0
        log.push('open')
        return {
          send: () => Buffer.from(`${++sent}`),
          receive: frame => frame,
          close: () => log.push('close')
        }
      }
    }
    const topic = defineTopic({ private: false, name: 'chat', middleware: [counter] })
    const heard: string[] = []
    bob.sockets.join('chat', { onmessage: frame => heard.push(frame.toString()) })
    for (let round = 0; round < 3; round++) {
      ada.sockets.join(topic).send('x', keyOf(bob))
      ada.sockets.leave(topic)
    }
    await settled()
    const { heard: again } = { heard: heard.splice(0) }
    expect(again).toEqual(['1', '1', '1'])
    expect(log.splice(0)).toEqual(['open', 'close', 'open', 'close', 'open', 'close'])
    ada.sockets.join(topic)
    await network.cut(0, 1)
    expect(log).toEqual(['open', 'close'])
  })

  test('counts on where it was when a public topic is joined again, whatever layer asks, and anew on a private one', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const seen: Record<string, number[]> = { public: [], private: [] }
    const keeper = (kind: string): Middleware => ({
      name: 'keeper',
      open({ counters }) {
        seen[kind]?.push(counters.sent++)
        return { send: frame => frame, receive: frame => frame }
      }
    })
    for (let round = 0; round < 3; round++) {
      for (const [kind, isPrivate] of [
        ['public', false],
        ['private', true]
      ] as const) {
        const topic = defineTopic({ private: isPrivate, name: kind, middleware: [keeper(kind)] })
        ada.sockets.join(topic)
        bob.sockets.join(
          isPrivate
            ? defineTopic({ name: kind, middleware: [keeper('')] })
            : defineTopic({ name: kind, private: false })
        )
        await settled()
      }
      await Promise.all([ada.sockets.leave(), bob.sockets.leave()])
    }
    expect(seen).toEqual({ public: [0, 1, 2], private: [0, 0, 0] })
  })

  test('gets other keys on another topic of the name: another wire, secret or pipeline; and each stage has its own', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const keys: string[] = []
    const keeper = (name = 'keeper'): Middleware => ({
      name,
      open(session) {
        const { send, receive } = session.exportKey('a')
        keys.push(send.toString('hex'), receive.toString('hex'))
        return { send: frame => frame, receive: frame => frame }
      }
    })
    const common = { name: 'chat', middleware: [keeper()] }
    const topics = [
      defineTopic(common),
      defineTopic({ ...common, private: false }),
      defineTopic({ ...common, secret: Buffer.alloc(16, 'one') }),
      defineTopic({ ...common, secret: Buffer.alloc(16, 'two') }),
      defineTopic({ ...common, batch: false }),
      defineTopic({ ...common, codec: plainJson }),
      defineTopic({ ...common, middleware: [keeper(), keeper('other')] }),
      defineTopic({ ...common, middleware: [keeper(), keeper()] })
    ]
    const stages = topics.reduce((sum, { middleware }) => sum + middleware.length, 0)
    for (const topic of topics) {
      for (const { sockets } of [ada, bob]) sockets.join(topic)
      await settled()
      for (const { sockets } of [ada, bob]) await sockets.leave(topic)
    }
    // Both ends ask, and each has what the other has.
    expect(keys).toHaveLength(2 * 2 * stages)
    expect(new Set(keys).size).toBe(2 * stages)
  })

  test('on a public topic of two Peersockets on one network has the same keys, and counts with the same counters', async () => {
    const {
      parties: [ada]
    } = await parties()
    const sessions: Session[] = []
    const keeper: Middleware = {
      name: 'keeper',
      open(session) {
        sessions.push(session)
        return { send: frame => frame, receive: frame => frame }
      }
    }
    const topic = defineTopic({ private: false, name: 'chat', middleware: [keeper] })
    ada.sockets.join(topic)
    new Peersockets(ada.networker).join(topic)
    const [one, other] = sessions
    expect(one?.counters).toBe(other?.counters)
    expect(one?.exportKey('a')).toEqual(other?.exportKey('a'))
    expect(ada.codes()).toEqual([])
  })

  test('exports keys that both sides share, and that differ by topic, label, direction and connection', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties()
    const keys: Record<string, Buffer> = {}
    const exporter = (who: string): Middleware => ({
      name: 'exporter',
      open(session) {
        for (const label of ['one', 'two']) {
          const { send, receive } = session.exportKey(label)
          const connection = Object.keys(keys).filter(key =>
            key.startsWith(`${who} ${session.topic} ${label} send`)
          ).length
          keys[`${who} ${session.topic} ${label} send ${connection}`] = send
          keys[`${who} ${session.topic} ${label} receive ${connection}`] = receive
        }
        return { send: frame => frame, receive: frame => frame }
      }
    })
    for (const name of ['a', 'b', '1/a']) {
      ada.sockets.join(defineTopic({ private: false, middleware: [exporter('ada')] }), { name })
      bob.sockets.join(defineTopic({ private: false, middleware: [exporter('bob')] }), { name })
    }
    await network.connect(0, 1)
    expect(Object.values(keys).every(key => key.length === 32)).toBe(true)
    for (const name of ['a', 'b', '1/a']) {
      for (const label of ['one', 'two']) {
        for (const connection of [0, 1]) {
          expect(keys[`ada ${name} ${label} send ${connection}`]).toEqual(
            keys[`bob ${name} ${label} receive ${connection}`]
          )
          expect(keys[`bob ${name} ${label} send ${connection}`]).toEqual(
            keys[`ada ${name} ${label} receive ${connection}`]
          )
        }
      }
    }
    expect(new Set(Object.values(keys).map(key => key.toString('hex'))).size).toBe(3 * 2 * 2 * 2)
  })
})

describe('a middleware that fails', () => {
  test('on send throws ERR_MIDDLEWARE_FAILED with the cause, and the next message goes', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const cause = new Error('no ink')
    let fails = true
    const pen = stage('pen', {
      send(frame) {
        if (fails) throw cause
        return frame
      }
    })
    const heard = hear(bob, defineTopic({ private: false, name: 'chat', codec: plainJson }))
    const room = ada.sockets.join(
      defineTopic({ private: false, name: 'chat', codec: plainJson, middleware: [pen] })
    )
    expect(() => room.send('x', keyOf(bob))).toThrow(
      expect.objectContaining({
        code: 'ERR_MIDDLEWARE_FAILED',
        topic: 'chat',
        cause,
        message: expect.stringContaining('pen')
      })
    )
    fails = false
    room.send('y', keyOf(bob))
    await settled()
    expect(heard).toEqual(['y'])
    expect(ada.sockets.stats.sent).toBe(1)
  })

  test('on send, late, is reported, and the messages behind it go', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const pen = stage('pen', {
      send: async frame => {
        if (frame.toString() === '"bad"') throw new Error('no ink')
        return frame
      }
    })
    const heard = hear(bob, defineTopic({ private: false, name: 'chat', codec: plainJson }))
    const room = ada.sockets.join(
      defineTopic({ private: false, name: 'chat', codec: plainJson, middleware: [pen] })
    )
    for (const message of ['a', 'bad', 'b']) room.send(message, keyOf(bob))
    await settled()
    expect(heard).toEqual(['a', 'b'])
    expect(ada.codes()).toEqual(['ERR_MIDDLEWARE_FAILED'])
  })

  test.each([
    [
      'at once',
      () => {
        throw new Error('forged')
      }
    ],
    ['late', () => Promise.reject(new Error('forged'))]
  ])(
    'on receive, %s, drops that frame with ERR_MIDDLEWARE_REJECTED and tells who sent it',
    async (_when, refuse) => {
      const {
        parties: [ada, bob]
      } = await parties()
      const guard = stage('guard', { receive: frame => (frame.includes('evil') ? refuse() : frame) })
      const heard = hear(
        bob,
        defineTopic({ private: false, name: 'chat', codec: plainJson, middleware: [guard] })
      )
      const room = ada.sockets.join(defineTopic({ private: false, name: 'chat', codec: plainJson }))
      for (const message of ['good', 'evil', 'fine']) room.send(message, keyOf(bob))
      await settled()
      expect(heard).toEqual(['good', 'fine'])
      expect(bob.rejections).toEqual([
        {
          error: expect.objectContaining({
            code: 'ERR_MIDDLEWARE_REJECTED',
            topic: 'chat',
            message: 'guard rejected a frame: forged'
          }),
          peer: expect.objectContaining({ remotePublicKey: keyOf(ada) })
        }
      ])
    }
  )

  test('with a PeersocketsError of its own is reported with that code, and with the topic', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const guard = stage('guard', {
      receive() {
        throw new PeersocketsError('ERR_BAD_SIGNATURE', 'not signed')
      }
    })
    bob.sockets.join(defineTopic({ private: false, name: 'chat', middleware: [guard] }))
    ada.sockets.join('chat').send('x', keyOf(bob))
    await settled()
    expect(bob.rejections[0]?.error).toMatchObject({
      code: 'ERR_BAD_SIGNATURE',
      topic: 'chat',
      message: 'not signed'
    })
  })

  test.each([
    ['undefined', undefined],
    ['null', null],
    ['a string', 'text'],
    ['a Uint8Array', new Uint8Array(3)],
    ['a promise of a string', Promise.resolve('text')]
  ])('by returning %s delivers nothing, in either direction', async (_what, result) => {
    const {
      parties: [ada, bob]
    } = await parties()
    // @ts-expect-error what JavaScript may return
    const broken = stage('broken', { receive: () => result, send: () => result })
    const topic = defineTopic({ private: false, name: 'chat', middleware: [broken] })
    const heard = hear(bob, topic)
    const intact = ada.sockets.join('chat')
    intact.send('x', keyOf(bob))
    await settled()
    expect(heard).toEqual([])
    expect(bob.codes()).toEqual(['ERR_MIDDLEWARE_FAILED'])
    const back = hear(ada, defineTopic({ private: false, name: 'back' }))
    const room = bob.sockets.join(topic, { name: 'back' })
    try {
      room.send('x', keyOf(ada))
    } catch (error) {
      expect(error).toMatchObject({ code: 'ERR_MIDDLEWARE_FAILED' })
    }
    await settled()
    expect(back).toEqual([])
  })

  test('to open keeps the topic closed on that connection, reports it to that very handle, and says so on send', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const closed: string[] = []
    const broken: Middleware = {
      name: 'broken',
      open() {
        throw new Error('no key')
      }
    }
    const first = stage('first', { close: () => closed.push('first') })
    const told: string[] = []
    const room = ada.sockets.join(
      defineTopic({ private: false, name: 'chat', middleware: [first, broken] }),
      {
        onreject: error => told.push(error.code)
      }
    )
    const failure = expect.objectContaining({ code: 'ERR_MIDDLEWARE_FAILED', topic: 'chat' })
    // Not before the app has the handle.
    expect(ada.codes()).toEqual([])
    await settled()
    expect(ada.rejections.map(({ error }) => error)).toEqual([failure])
    expect(told).toEqual(['ERR_MIDDLEWARE_FAILED'])
    expect(() => room.send('x', keyOf(bob))).toThrow(failure)
    expect(closed).toEqual(['first'])
    const { heard } = { heard: hear(bob, defineTopic({ private: false, name: 'other' })) }
    ada.sockets.join('other').send('y', keyOf(bob))
    await settled()
    expect(heard).toEqual([Buffer.from('y')])
  })

  test('to close is reported', async () => {
    const {
      network,
      parties: [ada]
    } = await parties()
    const broken = stage('broken', {
      close() {
        throw new Error('stuck')
      }
    })
    ada.sockets.join(defineTopic({ private: false, name: 'chat', middleware: [broken] }))
    await network.cut(0, 1)
    expect(ada.codes()).toEqual(['ERR_MIDDLEWARE_FAILED'])
  })
})

describe('while a stage takes its time', () => {
  test('leaving the topic loses nothing that was accepted for sending', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const slow = stage('slow', { send: frame => new Promise(resolve => setTimeout(resolve, 2, frame)) })
    const topic = defineTopic({ private: false, name: 'chat', codec: plainJson, middleware: [slow] })
    const heard = hear(bob, defineTopic({ private: false, name: 'chat', codec: plainJson }))
    const watcher = bob.sockets.join('chat/seen')
    for (const end of [() => ada.sockets.leave(topic), () => ada.sockets.stop()]) {
      const room = ada.sockets.join(topic)
      for (let n = 0; n < 5; n++) room.send(n, keyOf(bob))
      end()
    }
    await expect.poll(() => heard).toEqual([0, 1, 2, 3, 4, 0, 1, 2, 3, 4])
    await settled()
    expect(watcher.peers.size).toBe(0)
  })

  test('joining with another definition loses nothing either: what is said in the new topic goes behind it', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const slow = stage('slow', { send: frame => new Promise(resolve => setTimeout(resolve, 2, frame)) })
    const heard: string[] = []
    const hears = (kind: string) => ({ onmessage: (message: Buffer) => heard.push(`${kind} ${message}`) })
    bob.sockets.join('chat', hears('in public'))
    const second = new Peersockets(bob.networker)
    second.join('chat', { private: true, ...hears('in private') })
    const old = defineTopic({ private: false, name: 'chat', middleware: [slow] })
    ada.sockets.join(old).send('of the public topic', keyOf(bob))
    ada.sockets.leave()
    const room = ada.sockets.join('chat', { private: true })
    room.send('for those who know the name', keyOf(bob))
    await expect
      .poll(() => heard)
      .toEqual(['in public of the public topic', 'in private for those who know the name'])
    expect(ada.codes().filter(code => code !== 'ERR_VISIBILITY_MISMATCH')).toEqual([])
  })

  test('the bytes that a caller changes after send travel as they were', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const slow = stage('slow', { send: frame => new Promise(resolve => setImmediate(resolve, frame)) })
    const heard = hear(bob, defineTopic({ private: false, name: 'chat' }))
    const room = ada.sockets.join(defineTopic({ private: false, name: 'chat', middleware: [slow] }))
    const bytes = Buffer.from('before')
    room.send(bytes, keyOf(bob))
    room.send(bytes, keyOf(bob))
    bytes.write('after!')
    await settled()
    expect(heard).toEqual([Buffer.from('before'), Buffer.from('before')])
  })

  test('what waits to be received is bounded, and what is over is reported', async () => {
    const {
      parties: [ada, bob]
    } = await parties(2, { maxQueuedBytes: 10_000 })
    let open: () => void = () => {}
    const gate = new Promise<void>(resolve => {
      open = resolve
    })
    const slow = stage('slow', { receive: frame => gate.then(() => frame) })
    const heard = hear(bob, defineTopic({ private: false, name: 'chat', middleware: [slow] }))
    const room = ada.sockets.join('chat')
    for (let n = 0; n < 30; n++) {
      room.send(Buffer.alloc(1000), keyOf(bob))
      await settled()
    }
    const dropped = bob.codes().length
    expect(dropped).toBeGreaterThan(20)
    expect(new Set(bob.codes())).toEqual(new Set(['ERR_RECEIVER_CONGESTED']))
    open()
    await settled()
    expect(heard).toHaveLength(30 - dropped)
  })

  test('the end of the connection ends the wait, and frees what was queued', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties()
    const never = stage('never', { send: () => new Promise(() => {}), receive: () => new Promise(() => {}) })
    const topic = defineTopic({ private: false, name: 'chat', middleware: [never] })
    bob.sockets.join(topic)
    const room = ada.sockets.join(topic)
    const full = [...Array(100)].map(() => room.send(Buffer.alloc(1000), keyOf(bob)))
    expect(full.at(-1)).toBe(false)
    const drained = room.drained(keyOf(bob))
    await network.cut(0, 1)
    await drained
    expect(room.peers.size).toBe(0)
  })
})
