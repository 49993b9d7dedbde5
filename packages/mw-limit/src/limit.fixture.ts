import { PeersocketsError } from 'peersockets'
import type { Layer, Middleware, Peer } from 'peersockets/plugin'
import { expect } from 'vitest'

/** A clock that goes when it is told to. */
export class Clock {
  milliseconds = 0
  readonly now = () => this.milliseconds
}

export const newPeer = (): Peer => ({ remotePublicKey: Buffer.alloc(32, 1) })

export function open(middleware: Middleware, peer = newPeer(), topic = 'chat'): Layer {
  return middleware.open({
    topic,
    peer,
    localPublicKey: Buffer.alloc(32, 2),
    remotePublicKey: peer.remotePublicKey,
    exportKey() {
      throw new Error('no key is needed')
    },
    authenticated: false,
    counters: { sent: 0, received: 0 },
    extend: frame => frame
  })
}

export function errorOf(call: () => unknown): PeersocketsError {
  try {
    call()
  } catch (error) {
    if (error instanceof PeersocketsError) return error
    throw error
  }
  return expect.unreachable('nothing was thrown')
}

/** Whether a frame of `bytes` passes; it does unchanged, or is rejected as it should be. */
export function passes(layer: Layer, bytes = 10): boolean {
  const frame = Buffer.alloc(bytes)
  try {
    expect(layer.receive(frame)).toBe(frame)
    return true
  } catch (error) {
    expect(error).toMatchObject({ code: 'ERR_LIMIT_EXCEEDED' })
    return false
  }
}

/** How many of `frames` frames in a row pass. */
export function passing(layer: Layer, frames: number, bytes?: number): number {
  return Array.from({ length: frames }, () => passes(layer, bytes)).filter(passed => passed).length
}
