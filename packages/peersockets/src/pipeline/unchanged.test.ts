import { describe, expect, test, vi } from 'vitest'
import type { Layer, Middleware } from '../plugin.js'
import { keyOf, parties, settled } from '../test-support/parties.js'
import { defineTopic } from '../topic/definition.js'

const pass = (frame: Buffer): Buffer => frame
const longer = (frame: Buffer): Buffer => Buffer.concat([frame, Buffer.of(0)])
const copied = (frame: Buffer): Buffer => Buffer.from(frame)
const later = async (frame: Buffer): Promise<Buffer> => longer(frame)

/** Says that it changes no bytes. */
function local(layer: Layer): Middleware {
  return { name: 'local', wire: false, open: () => layer }
}

/** What comes of a message between a side that has the middleware and one that has not. */
async function exchange(layer: Layer, from: 'with' | 'without') {
  const {
    network,
    parties: [ada, bob]
  } = await parties()
  const onmessage = vi.fn()
  const withIt = defineTopic({
    name: 'chat',
    batch: false,
    middleware: [local(layer)],
    onviolation: 'disconnect'
  })
  const without = defineTopic({ name: 'chat', batch: false })
  const [sent, received] = from === 'with' ? [withIt, without] : [without, withIt]
  const room = ada.sockets.join(sent)
  bob.sockets.join(received, { onmessage: message => onmessage(message.toString()) })
  await settled()
  let thrown: unknown
  try {
    room.send('x', keyOf(bob))
  } catch (error) {
    thrown = error
  }
  await settled()
  const codes = [...ada.codes(), ...bob.codes()]
  return { thrown, codes, messages: onmessage.mock.calls.flat(), ended: network.streams(0, 1)[0].destroyed }
}

const FAILED = expect.objectContaining({ code: 'ERR_MIDDLEWARE_FAILED' })

describe('a middleware that says that it changes no bytes', () => {
  test.each([
    ['gives back what it got', pass],
    ['gives back a copy', copied]
  ])('and %s is needed on one side only', async (_what, same) => {
    for (const from of ['with', 'without'] as const) {
      const { thrown, codes, messages } = await exchange({ send: same, receive: same }, from)
      expect([thrown, codes, messages]).toEqual([undefined, [], ['x']])
    }
  })

  test('and changes some on send is refused: ERR_MIDDLEWARE_FAILED', async () => {
    const { thrown, codes, messages } = await exchange({ send: longer, receive: pass }, 'with')
    expect([thrown, codes, messages]).toEqual([FAILED, [], []])
  })

  test('and changes some on send, late, is told', async () => {
    const { thrown, codes, messages } = await exchange({ send: later, receive: pass }, 'with')
    expect([thrown, codes, messages]).toEqual([undefined, ['ERR_MIDDLEWARE_FAILED'], []])
  })

  test.each([
    ['at once', longer],
    ['late', later]
  ])('and changes some on receive, %s, is told, and no fault of the peer', async (_when, receive) => {
    const { codes, messages, ended } = await exchange({ send: pass, receive }, 'without')
    expect([codes, messages, ended]).toEqual([['ERR_MIDDLEWARE_FAILED'], [], false])
  })
})
