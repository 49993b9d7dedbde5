import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, type MockInstance, test, vi } from 'vitest'
import { PeersocketsError } from './errors.js'
import { Peersockets } from './peersockets.js'
import type { Middleware } from './plugin.js'
import { plainJson } from './test-support/codecs.js'
import { keyOf, type Party, parties, settled } from './test-support/parties.js'
import { defineTopic } from './topic/definition.js'

let print: MockInstance<typeof console.error>
beforeEach(() => {
  print = vi.spyOn(console, 'error').mockImplementation(() => {})
})
afterEach(() => {
  vi.restoreAllMocks()
})

const same = (frame: Buffer): Buffer => frame

/** What was printed, as it would stand in a log. */
function printed(): string[] {
  return print.mock.calls.map(values =>
    values.map(value => (typeof value === 'string' ? value : inspect(value))).join(' ')
  )
}

/** Bob listens to nothing. */
async function deaf(): Promise<{ ada: Party; bob: Party }> {
  const {
    parties: [ada, bob]
  } = await parties()
  bob.sockets.removeAllListeners('reject')
  return { ada, bob }
}

const strict = defineTopic({ name: 'chat', private: false, codec: plainJson })

describe('a rejection that nobody listens to', () => {
  test('is printed the first time of each code, in one line that says how to hear all', async () => {
    const { ada, bob } = await deaf()
    const picky: Middleware = {
      name: 'picky',
      open: () => ({
        send: same,
        receive(frame) {
          if (frame.includes('odd')) throw new PeersocketsError('ERR_BAD_SIGNATURE', 'the tag is wrong')
          return frame
        }
      })
    }
    bob.sockets.join(strict)
    bob.sockets.join(defineTopic({ name: 'signed', private: false, middleware: [picky] }))
    const [chat, signed] = [ada.sockets.join('chat'), ada.sockets.join('signed')]
    await settled()
    for (let n = 0; n < 5; n++) {
      chat.send('{', keyOf(bob))
      signed.send('odd', keyOf(bob))
    }
    await settled()
    expect(bob.sockets.stats.rejected).toEqual({ ERR_DECODE_FAILED: 5, ERR_BAD_SIGNATURE: 5 })
    expect(print).toHaveBeenCalledTimes(2)
    const [first, second] = printed()
    expect(first).toContain('peersockets: ERR_DECODE_FAILED: ')
    expect(second).toContain('peersockets: ERR_BAD_SIGNATURE: the tag is wrong')
    for (const line of printed()) {
      expect(line).toContain('onreject')
      expect(line).not.toContain('\n')
      // No stack.
      expect(line).not.toMatch(/\bat .*:\d+:\d+|\.ts|node:/)
    }
  })

  test('is printed again by another Peersockets, which has another app to tell', async () => {
    const { ada, bob } = await deaf()
    const second = new Peersockets(bob.networker)
    for (const sockets of [bob.sockets, second]) sockets.join(strict)
    const room = ada.sockets.join('chat')
    await settled()
    room.send('{', keyOf(bob))
    await settled()
    expect(print).toHaveBeenCalledTimes(2)
  })

  test('on our own side is printed as well, without the message and the secret', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    ada.sockets.removeAllListeners('reject')
    const secret = Buffer.alloc(32, 'sesame')
    const broken: Middleware = {
      name: 'mw',
      open: () => ({ send: async () => Promise.reject(new Error('no ink')), receive: same })
    }
    bob.sockets.join(
      defineTopic({
        name: 'chat',
        secret,
        middleware: [{ name: 'mw', open: () => ({ send: same, receive: same }) }]
      })
    )
    const room = ada.sockets.join(defineTopic({ name: 'chat', secret, middleware: [broken] }))
    await settled()
    room.send('a private matter', keyOf(bob))
    await settled()
    expect(printed()).toEqual([expect.stringContaining('ERR_MIDDLEWARE_FAILED')])
    expect(printed()[0]).not.toMatch(/a private matter|sesame/)
  })

  test.each([
    ['a line break', '\r\nERROR all is lost'],
    ['what moves a cursor', '\u001b[2J\u001b[1;1H'],
    ['what turns the direction of writing', '\u202egood'],
    ['a line separator', '\u2028next\u2029next'],
    ['what bells, and a zero', '\u0007\u0000'],
    ['half a surrogate pair', '\ud800'],
    ['a megabyte', 'x'.repeat(1 << 20)]
  ])('has a text of the peer in it only as it may stand in a log: %s', async (_what, text) => {
    const { ada, bob } = await deaf()
    const loud: Middleware = {
      name: 'loud',
      open: () => ({
        send: same,
        receive(frame) {
          throw new Error(`what is this: ${frame.toString()}`)
        }
      })
    }
    const strictly = { ...plainJson, decode: (bytes: Buffer) => fail(`no value: ${bytes.toString()}`) }
    bob.sockets.join(defineTopic({ name: 'loud', private: false, middleware: [loud] }))
    bob.sockets.join(defineTopic({ name: 'chat', private: false, codec: strictly }))
    for (const name of ['loud', 'chat']) {
      const room = ada.sockets.join(name)
      room.send(text, keyOf(bob))
    }
    await settled()
    expect(print).toHaveBeenCalledTimes(2)
    for (const line of printed()) {
      expect(line).not.toMatch(
        /[\p{Control}\p{Bidi_Control}\p{Line_Separator}\p{Paragraph_Separator}\p{Surrogate}]/u
      )
      expect(line.length).toBeLessThan(700)
    }
  })

  test('has the name of a pipeline in it only as it may stand in a log', async () => {
    const { ada, bob } = await deaf()
    const odd = defineTopic({ name: 'chat', codec: plainJson })
    // Not what defineTopic lets through, but what a peer may send.
    Object.defineProperty(odd, 'pipelineId', { value: 'raw\u001b[2J\n\u202e' })
    bob.sockets.join('chat', { private: true })
    ada.sockets.join(odd)
    await settled()
    expect(printed()).toEqual([expect.stringContaining('ERR_PIPELINE_MISMATCH')])
    expect(printed()[0]).not.toMatch(/[\p{Control}\p{Bidi_Control}]/u)
  })
})

describe('a rejection that somebody listens to', () => {
  test.each([
    ['the handle', (bob: Party, hear: () => void) => void bob.sockets.join(strict, { onreject: hear })],
    [
      'the event',
      (bob: Party, hear: () => void) => {
        bob.sockets.on('reject', hear)
        bob.sockets.join(strict)
      }
    ],
    [
      'the event, once',
      (bob: Party, hear: () => void) => {
        bob.sockets.once('reject', hear)
        bob.sockets.join(strict)
      }
    ]
  ])('is not printed: %s', async (_who, listen) => {
    const { ada, bob } = await deaf()
    const hear = vi.fn()
    listen(bob, hear)
    const room = ada.sockets.join('chat')
    await settled()
    room.send('{', keyOf(bob))
    await settled()
    expect([hear.mock.calls.length, print.mock.calls.length]).toEqual([1, 0])
  })

  test('is not printed: the constructor', async () => {
    const hear = vi.fn()
    const {
      parties: [ada, bob]
    } = await parties(2, { onreject: hear })
    bob.sockets.removeAllListeners('reject')
    bob.sockets.join(strict)
    const room = ada.sockets.join('chat')
    await settled()
    room.send('{', keyOf(bob))
    await settled()
    expect([hear.mock.calls.length, print.mock.calls.length]).toEqual([1, 0])
  })

  test('no more is printed', async () => {
    const { ada, bob } = await deaf()
    const hear = vi.fn()
    bob.sockets.on('reject', hear)
    bob.sockets.join(strict)
    const room = ada.sockets.join('chat')
    await settled()
    room.send('{', keyOf(bob))
    await settled()
    expect(print).not.toHaveBeenCalled()
    bob.sockets.off('reject', hear)
    for (let n = 0; n < 3; n++) room.send('{', keyOf(bob))
    await settled()
    expect([hear.mock.calls.length, print.mock.calls.length]).toEqual([1, 1])
  })

  test('by a handle of another topic is printed', async () => {
    const { ada, bob } = await deaf()
    const other = vi.fn()
    bob.sockets.join('other', { onreject: other })
    bob.sockets.join(strict)
    const room = ada.sockets.join('chat')
    await settled()
    room.send('{', keyOf(bob))
    await settled()
    expect([other.mock.calls.length, print.mock.calls.length]).toEqual([0, 1])
  })

  test('by a handle that is closed by then is printed', async () => {
    const { ada, bob } = await deaf()
    const hear = vi.fn()
    void bob.sockets.join(strict, { onreject: hear }).close()
    bob.sockets.join(strict)
    const room = ada.sockets.join('chat')
    await settled()
    room.send('{', keyOf(bob))
    await settled()
    expect([hear.mock.calls.length, print.mock.calls.length]).toEqual([0, 1])
  })
})

describe("the app's own failure that nobody listens to", () => {
  test('is printed with what was thrown, which says where', async () => {
    const { ada, bob } = await deaf()
    bob.sockets.join('chat', {
      onmessage() {
        throw new TypeError('my bug')
      }
    })
    const room = ada.sockets.join('chat')
    await settled()
    for (let n = 0; n < 3; n++) room.send('x', keyOf(bob))
    await settled()
    expect(print).toHaveBeenCalledOnce()
    expect(printed()[0]).toMatch(/ERR_HANDLER_FAILED/)
    expect(printed()[0]).toMatch(/\[cause\]: TypeError: my bug/)
    expect(printed()[0]).toContain('reports.test.ts')
  })

  test.each([
    ['onmessage', { onmessage: () => fail('my bug') }],
    ['onpeerjoin', { onpeerjoin: () => fail('my bug') }],
    ['onpeerleave', { onpeerleave: () => fail('my bug') }]
  ])('in %s is not printed where somebody listens', async (name, options) => {
    const {
      network,
      parties: [ada, bob]
    } = await parties()
    bob.sockets.join('chat', options)
    const room = ada.sockets.join('chat')
    await settled()
    room.send('x', keyOf(bob))
    await settled()
    await network.cut(0, 1)
    expect(bob.codes()).toEqual(['ERR_HANDLER_FAILED'])
    expect(bob.rejections[0]?.error.message).toContain(`${name} of topic chat`)
    expect(print).not.toHaveBeenCalled()
  })

  test.each([
    ['throws', () => fail('my bug')],
    ['rejects', () => Promise.reject(new Error('my bug'))]
  ])(
    'in a listener of rejections that %s is printed, once, and keeps nobody from hearing',
    async (_how, listener) => {
      const {
        parties: [ada, bob]
      } = await parties(2, { onreject: listener })
      bob.sockets.on('reject', listener)
      const last = vi.fn()
      bob.sockets.on('reject', last)
      bob.sockets.join(strict, { onreject: listener })
      const room = ada.sockets.join('chat')
      await settled()
      for (let n = 0; n < 2; n++) room.send('{', keyOf(bob))
      await settled()
      expect([last.mock.calls.length, print.mock.calls.length]).toEqual([2, 1])
      expect(printed()[0]).toContain('my bug')
      expect(bob.sockets.stats.rejected).toEqual({ ERR_DECODE_FAILED: 2, ERR_HANDLER_FAILED: 6 })
    }
  )
})

function fail(text: string): never {
  throw new Error(text)
}
