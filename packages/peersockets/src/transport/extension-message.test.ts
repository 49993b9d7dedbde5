import { createNetwork } from '@peersockets/testing'
import HypercoreProtocol from 'hypercore-protocol'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { sendExtension } from './extension-message.js'
import type { ProtocolStream } from './protocol-stream.js'

/** Two streams that are piped to each other, whose handshake is still to come, and all that the far one hears on `x`. */
function pipe(options: object = {}): { near: ProtocolStream; far: ProtocolStream; heard: Buffer[] } {
  const near = new HypercoreProtocol(true, { timeout: false, ...options })
  const far = new HypercoreProtocol(false, { timeout: false, ...options })
  near.pipe(far).pipe(near)
  onTestFinished(() => {
    near.destroy()
    far.destroy()
  })
  const heard: Buffer[] = []
  far.registerExtension('x', { onmessage: message => heard.push(Buffer.from(message)) })
  return { near, far, heard }
}

describe('a message of an extension', () => {
  test.each([{}, { encrypted: false }])('arrives as it was sent, whatever its length: %o', async options => {
    const { near, heard } = pipe(options)
    const extension = near.registerExtension('x', { onmessage: () => undefined })
    const lengths = [0, 1, 124, 125, 126, 127, 128, 16_379, 16_380, 16_381, 16_384, 65_536, 3_000_000]
    const messages = lengths.map((length, at) => Buffer.alloc(length, at + 1))
    for (const message of messages) sendExtension(near, extension, message)
    await expect.poll(() => heard.length).toBe(messages.length)
    const again = messages.map(message => Buffer.from(message))
    for (const message of again) sendExtension(near, extension, message)
    for (const message of again) message.fill(0)
    await expect.poll(() => heard.length).toBe(2 * messages.length)
    expect(heard.map(message => message.toString('latin1'))).toEqual(
      [...messages, ...messages].map(message => message.toString('latin1'))
    )
  })

  test('keeps its place among those that the stack sends, before the handshake and after it', async () => {
    const { near, heard } = pipe()
    const extension = near.registerExtension('x', { onmessage: () => undefined })
    const send = [
      (message: Buffer) => sendExtension(near, extension, message),
      (message: Buffer) => extension.send(message)
    ]
    for (let n = 0; n < 300; n++) {
      send[n % 2]?.(Buffer.from(`${n}`))
      if (n % 50 === 0) await new Promise(resolve => setImmediate(resolve))
    }
    await expect.poll(() => heard.length).toBe(300)
    expect(heard.map(Number)).toEqual([...Array(300).keys()])
  })

  test('carries an id of several bytes', async () => {
    const { near, heard } = pipe()
    for (let n = 0; n < 200; n++) near.registerExtension(`a${n}`, { onmessage: () => undefined })
    const extension = near.registerExtension('x', { onmessage: () => undefined })
    expect(extension.id).toBe(200)
    for (const text of ['first', 'second']) {
      sendExtension(near, extension, Buffer.from(text))
      await expect.poll(() => heard.at(-1)?.toString()).toBe(text)
    }
  })

  test('is copied once, into memory that the stream keeps', async () => {
    const network = await createNetwork({ stack: 'memory', peers: 2 })
    onTestFinished(() => network.close())
    const [near] = network.streams(0, 1)
    const extension = near.registerExtension('x')
    extension.send(Buffer.alloc(0))
    const allocate = vi.spyOn(Buffer, 'allocUnsafe')
    onTestFinished(() => allocate.mockRestore())
    sendExtension(near, extension, Buffer.alloc(100_000))
    expect(allocate.mock.calls.map(([length]) => length > 50_000)).toEqual([true])
  })
})
