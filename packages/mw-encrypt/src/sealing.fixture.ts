import { PeersocketsError } from 'peersockets'
import type { ExportedKey, Layer, Session } from 'peersockets/plugin'
import { expect } from 'vitest'

/** A session that exports just the keys that a test wants. */
export function sessionOf(
  topic: string,
  localPublicKey: Buffer,
  remotePublicKey: Buffer,
  exportKey: (label: string) => ExportedKey
): Session {
  const peer = { remotePublicKey }
  const extend = (frame: Buffer, before: number, after: number): Buffer =>
    Buffer.concat([Buffer.alloc(before), frame, Buffer.alloc(after)])
  const counters = { sent: 0, received: 0 }
  return { topic, peer, localPublicKey, remotePublicKey, authenticated: false, counters, exportKey, extend }
}

/** The error that `call` throws; fails when it throws none, or one that is not of peersockets. */
export function errorOf(call: () => unknown): PeersocketsError {
  let result: unknown
  try {
    result = call()
  } catch (error) {
    if (PeersocketsError.is(error)) return error
    throw error
  }
  return expect.unreachable(`nothing was thrown, but ${String(result)} returned`)
}

/** The code of the error that `call` throws. */
export function codeOf(call: () => unknown): PeersocketsError['code'] {
  return errorOf(call).code
}

/** The frame that `layer` makes of `text`; the layer is synchronous, and anything else fails. */
export function sealedBy(layer: Layer, text: string | Buffer): Buffer {
  return now(layer.send(Buffer.from(text)))
}

/** What `layer` makes out of `frame`. */
export function openedBy(layer: Layer, frame: Buffer): string {
  return now(layer.receive(frame)).toString()
}

export function now(result: Buffer | Promise<Buffer>): Buffer {
  if (result instanceof Promise) throw new Error('the layer returned a promise')
  return result
}

/** A copy of `frame` with one bit changed; the first byte holds bits 0 to 7. */
export function flipped(frame: Buffer, bit: number): Buffer {
  const copy = Buffer.from(frame)
  copy.writeUInt8(copy.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
  return copy
}

/** The layers of a pipeline as the core runs them: the last is the outermost on the wire. */
export function chain(layers: readonly Layer[]): Layer {
  return {
    send: body => layers.reduce((frame, layer) => now(layer.send(frame)), body),
    receive: frame => layers.reduceRight((body, layer) => now(layer.receive(body)), frame)
  }
}
