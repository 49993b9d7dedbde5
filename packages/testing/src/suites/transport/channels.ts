import { deepStrictEqual, doesNotThrow, ok } from 'node:assert/strict'
import { bytesOf, type Check } from '../suite.js'
import { Heard, Started, type TransportSubject, withPair } from './subject.js'

export const channels: readonly Check<TransportSubject>[] = [
  {
    promise: 'delivers frames in the order of sending, in both directions',
    run: subject =>
      withPair(subject, async ({ alice, bob, until, openBoth }) => {
        const { near, far } = await openBoth(alice, bob)
        const numbers = Array.from({ length: 300 }, (_, number) => `${number}`)
        for (const number of numbers) {
          near.channel.send(Buffer.from(number))
          far.channel.send(Buffer.from(number))
        }
        await until(() => near.frames.length >= 300 && far.frames.length >= 300, 'all frames to arrive')
        deepStrictEqual(far.texts, numbers)
        deepStrictEqual(near.texts, numbers)
      })
  },
  {
    promise: 'does not change a frame that it has delivered',
    run: subject =>
      withPair(subject, async ({ alice, bob, until, openBoth }) => {
        const { near, far } = await openBoth(alice, bob)
        for (let round = 1; round <= 20; round++) {
          // In a batch and alone, small and large: transports keep them in different places.
          for (const size of [1, 100, 100, 20_000]) near.channel.send(bytesOf(`lent ${round}`, size))
          await until(() => far.frames.length === round * 4, 'all frames to arrive')
        }
        for (const [at, frame] of far.frames.entries())
          ok(far.lent[at]?.equals(frame), `frame ${at} was changed after it was delivered`)
      })
  },
  {
    promise: 'carries frames of 0 bytes up to maxFrameBytes',
    run: subject =>
      withPair(subject, async ({ alice, bob, until, openBoth }) => {
        const { near, far } = await openBoth(alice, bob)
        const { maxFrameBytes } = alice.connection
        ok(Number.isSafeInteger(maxFrameBytes) && maxFrameBytes > 0, 'maxFrameBytes is a whole number')
        const sizes = [0, 1, 127, 128, 255, 256, 65_535, 65_536, 1_000_000].filter(
          size => size < maxFrameBytes
        )
        for (const size of [...sizes, maxFrameBytes]) {
          const frame = bytesOf(`frame ${size}`, size)
          const before = far.frames.length
          near.channel.send(frame)
          await until(
            () => far.frames.length > before || alice.gone.length > 0,
            `a frame of ${size} bytes to arrive`
          )
          ok(far.frames.at(-1)?.equals(frame), `a frame of ${size} bytes did not arrive as it was sent`)
        }
      })
  },
  {
    promise: 'copies a frame before send returns',
    run: subject =>
      withPair(subject, async ({ alice, bob, until, openBoth, settled }) => {
        // Nobody is known to listen yet: such a frame may be lost, but not changed.
        const early = new Heard(alice.connection, 'early')
        const late = new Heard(bob.connection, 'early')
        const waiting = bytesOf('waiting', 64)
        const asSent = Buffer.from(waiting)
        early.channel.send(waiting)
        waiting.fill(0)
        const { near, far } = await openBoth(alice, bob)
        await settled()
        ok(
          late.frames.every(frame => frame.equals(asSent)),
          'a change after send reached the wire: of a frame that had to wait'
        )
        for (const size of [4, 5000, 200_000]) {
          const frame = bytesOf(`copied ${size}`, size)
          const before = Buffer.from(frame)
          near.channel.send(frame)
          ok(frame.equals(before), 'send changed the frame')
          frame.fill(0)
          await until(() => far.frames.length > 0, 'the frame to arrive')
          ok(far.frames.pop()?.equals(before), 'a change after send reached the wire')
        }
      })
  },
  {
    promise: 'tells when the peer opens a protocol and when it closes it, each time',
    run: subject =>
      withPair(subject, async ({ alice, bob, until, settled }) => {
        const near = new Heard(alice.connection, 'doors')
        await settled()
        deepStrictEqual([near.channel.remoteOpen, near.events], [false, []])
        for (let round = 1; round <= 2; round++) {
          const far = new Heard(bob.connection, 'doors')
          await until(
            () => near.channel.remoteOpen && far.channel.remoteOpen,
            'both to see the protocol open'
          )
          await settled()
          deepStrictEqual(near.events.filter(event => event === 'open').length, round)
          ok(!far.events.includes('early'), 'onopen was called before open had returned')
          far.channel.close()
          await until(() => !near.channel.remoteOpen, 'the protocol to be seen closed')
          await settled()
          deepStrictEqual(near.events, Array.from({ length: round }, () => ['open', 'close']).flat())
        }
      })
  },
  {
    promise: 'tells what the peer announces, open here or not, each time',
    run: subject =>
      withPair(subject, async ({ alice, bob, until, openBoth, settled }) => {
        await openBoth(alice, bob, 'Earlier')
        const told: string[] = []
        alice.connection.onannounce(protocol => told.push(protocol))
        await until(() => told.includes('Earlier'), 'what both have open to be told')
        const names = ['Of both', 'Of Bob']
        new Heard(alice.connection, 'Of both')
        for (let round = 1; round <= 2; round++) {
          const before = told.length
          const channels = names.map(name => new Heard(bob.connection, name).channel)
          for (const name of names)
            await until(() => told.slice(before).includes(name), `'${name}' to be told, time ${round}`)
          for (const channel of channels) channel.close()
          await settled()
        }
        const opened = new Set(['Earlier', 'settled', ...names])
        deepStrictEqual(
          told.filter(name => !opened.has(name)),
          [],
          'a protocol was told that the peer has not opened'
        )
      })
  },
  {
    promise: 'keeps protocols apart',
    run: subject =>
      withPair(subject, async ({ alice, bob, until, openBoth, settled }) => {
        const names = ['a', 'b', 'b ', 'B', 'peersockets/test/聊天', 'x'.repeat(500)]
        const ends: { near: Heard; far: Heard }[] = []
        for (const name of names) ends.push(await openBoth(alice, bob, name))
        // Closed in the midst of the others, which stay what they are.
        ends.shift()?.near.channel.close()
        for (const [at, { near }] of ends.entries()) near.channel.send(Buffer.from(`${at}`))
        await until(() => ends.every(({ far }) => far.frames.length > 0), 'every protocol to hear')
        await settled()
        deepStrictEqual(
          ends.map(({ far }) => far.texts),
          ends.map((_, at) => [`${at}`])
        )
      })
  },
  {
    promise: 'lets a protocol be open several times: each hears everything until it closes',
    run: subject =>
      withPair(subject, async ({ pair, alice, bob, until, openBoth, settled }) => {
        const { near, far: first } = await openBoth(alice, bob)
        const second = new Heard(bob.connection, 'both')
        const other = new Started(pair.bob)
        const third = new Heard(other.connection, 'both')
        await until(
          () => second.channel.remoteOpen && third.channel.remoteOpen,
          'all to see the protocol open'
        )
        near.channel.send(Buffer.from('1'))
        await until(
          () => [first, second, third].every(({ frames }) => frames.length > 0),
          'all three to hear'
        )
        first.channel.close()
        await settled()
        near.channel.send(Buffer.from('2'))
        await until(
          () => second.frames.length > 1 && third.frames.length > 1,
          'the two that are left to hear'
        )
        second.channel.close()
        await settled()
        deepStrictEqual([first.texts, second.texts, third.texts], [['1'], ['1', '2'], ['1', '2']])
        ok(near.channel.remoteOpen, 'the protocol is seen closed while somebody has it open')
        third.channel.close()
        await until(() => !near.channel.remoteOpen, 'the protocol to be seen closed')
        await settled()
        deepStrictEqual(
          near.events.filter(event => event === 'close'),
          ['close']
        )
        other.transport.stop()
      })
  },
  {
    promise: 'hears nothing on a channel that is closed, and lets it be closed again',
    run: subject =>
      withPair(subject, async ({ alice, bob, openBoth, settled }) => {
        const { near, far } = await openBoth(alice, bob)
        const open = await openBoth(alice, bob, 'open')
        far.channel.close()
        far.channel.close()
        near.channel.send(Buffer.from('too late'))
        open.near.channel.send(Buffer.from('in time'))
        await settled()
        deepStrictEqual([far.texts, far.events.includes('close')], [[], false])
        deepStrictEqual(open.far.texts, ['in time'])
      })
  },
  {
    promise: 'sends nothing on a channel that is closed, also while others have the protocol open',
    run: subject =>
      withPair(subject, async ({ alice, bob, openBoth, settled }) => {
        const { near, far } = await openBoth(alice, bob)
        const other = new Heard(alice.connection, 'both')
        const tooLate = (when: string, { channel }: Heard) =>
          doesNotThrow(() => channel.send(Buffer.from(`too late, ${when}`)), `send threw ${when}`)
        near.channel.close()
        tooLate('while another has the protocol open', near)
        other.channel.send(Buffer.from('in time'))
        await settled()
        other.channel.close()
        tooLate('when the last has just closed it', other)
        await settled()
        for (const closed of [near, other]) tooLate('when the peer knows it closed', closed)
        await settled()
        deepStrictEqual(far.texts, ['in time'])
        const again = new Heard(alice.connection, 'both')
        for (const closed of [near, other]) tooLate('when it was opened again', closed)
        again.channel.send(Buffer.from('in time again'))
        await settled()
        deepStrictEqual(far.texts, ['in time', 'in time again'])
      })
  }
]
