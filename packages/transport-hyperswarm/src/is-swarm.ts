import { PeersocketsError } from 'peersockets'
import type { SwarmLike } from './swarm.js'

/** Whether `value` emits events and lists its `connections`, as a Hyperswarm 3 or 4 does. One of version 2 lists sockets. */
export function isSwarm(value: unknown): value is SwarmLike {
  return isEmitter(value) && has(value, ({ connections }) => isList(connections)) && !isHyperswarm2(value)
}

/** Throws `ERR_INVALID_ARGUMENT` with what to write in the place of `value`, which is no swarm. */
export function refuseSwarm(value: unknown): never {
  throw new PeersocketsError('ERR_INVALID_ARGUMENT', `hyperswarm(swarm) ${remedyFor(value)}`)
}

function remedyFor(value: unknown): string {
  if (isHyperswarm2(value))
    return 'was given a Hyperswarm 2: write new Peersockets(networker), with the @corestore/networker that uses it.'
  if (has(value, object => 'connectionOf' in object))
    return 'was given a transport: write new Peersockets(transport).'
  if (isEmitter(value) && has(value, ({ peers, streams }) => isList(peers) || isList(streams)))
    return 'was given a networker: write new Peersockets(networker).'
  const text =
    'It takes a Hyperswarm 4 instance, or an emitter of `connection` that lists its secret streams in `connections`.'
  if (typeof value === 'function')
    return `was given a function or class: make an instance of it first. ${text}`
  if (has(value, ({ then }) => typeof then === 'function'))
    return `was given a promise: await it first. ${text}`
  return `was given ${nameOf(value)}, which has no connections to give. ${text}`
}

function nameOf(value: unknown): string {
  if (value === null || value === undefined) return `${value}`
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

function isHyperswarm2(value: unknown): boolean {
  return has(value, object => 'clientSockets' in object)
}

function isEmitter(value: unknown): boolean {
  return has(
    value,
    ({ on, removeListener }) => typeof on === 'function' && typeof removeListener === 'function'
  )
}

/** A `Map` is none: what it gives are pairs. */
function isList(value: unknown): boolean {
  return !(value instanceof Map) && has(value, object => typeof object[Symbol.iterator] === 'function')
}

interface Members {
  readonly [member: PropertyKey]: unknown
}

function has(value: unknown, check: (object: Members) => boolean): boolean {
  try {
    return typeof value === 'object' && value !== null && check(Object(value))
  } catch {
    // It has a getter that throws.
    return false
  }
}
