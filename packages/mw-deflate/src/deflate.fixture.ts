import { PeersocketsError } from 'peersockets'
import type { Layer, Session } from 'peersockets/plugin'
import { expect } from 'vitest'
import { type DeflateOptions, deflate } from './deflate.js'

export const MIB = 1024 * 1024

/** Needs nothing of its session. */
const session: Session = {
  topic: 'log',
  peer: { remotePublicKey: Buffer.alloc(32, 1) },
  localPublicKey: Buffer.alloc(32, 2),
  remotePublicKey: Buffer.alloc(32, 1),
  authenticated: false,
  counters: { sent: 0, received: 0 },
  exportKey() {
    throw new Error('no key is needed')
  },
  extend: frame => frame
}

export const open = (options?: DeflateOptions): Layer => deflate(options).open(session)

/** The layer is synchronous, and anything else fails. */
export function now(result: Buffer | Promise<Buffer>): Buffer {
  if (result instanceof Promise) throw new Error('a promise was returned')
  return result
}

export const sent = (body: Buffer, options?: DeflateOptions): Buffer => now(open(options).send(body))
export const received = (frame: Buffer, options?: DeflateOptions): Buffer => now(open(options).receive(frame))

export function errorOf(call: () => unknown): PeersocketsError {
  try {
    call()
  } catch (error) {
    if (error instanceof PeersocketsError) return error
    throw error
  }
  return expect.unreachable('nothing was thrown')
}

export const codeOf = (call: () => unknown): string => errorOf(call).code

export const compressed = (content: Buffer): Buffer => Buffer.concat([Buffer.of(1), content])
export const text = (length: number): Buffer => Buffer.alloc(length, 'the same again ')
