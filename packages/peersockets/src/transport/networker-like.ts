import { reasonOf, refuse } from '../errors.js'
import type { Peer } from '../plugin.js'
import type { ProtocolStream } from './protocol-stream.js'

/** The peer object of a `@corestore/networker`, which an emitter without peers of its own gets made for each stream. */
export interface NetworkerPeer extends Peer {
  /** Set on the networker's own object, where it is not enumerable. */
  readonly network?: 'networker'
  readonly remoteAddress: string | null
  /** `tcp`, `utp` or `unknown`. */
  readonly type: string | null
  readonly stream: ProtocolStream
}

/**
 * A `@corestore/networker`, or anything that emits `handshake` with a hypercore-protocol stream whose handshake is over,
 * and `stream-closed` with the same stream when it is gone. It has `peers` or `streams`.
 */
export interface NetworkerLike<P extends Peer = NetworkerPeer> {
  on(event: 'handshake' | 'stream-closed', listener: (stream: ProtocolStream) => void): unknown
  on(event: 'peer-add', listener: (peer: P) => void): unknown
  removeListener(event: 'handshake' | 'stream-closed', listener: (stream: ProtocolStream) => void): unknown
  removeListener(event: 'peer-add', listener: (peer: P) => void): unknown
  /** The peers of a networker, kept current by it. */
  readonly peers?: Iterable<P>
  /** Streams whose handshake is over; for emitters that have no `peers`. */
  readonly streams?: Iterable<ProtocolStream>
}

/**
 * Whether `value` has connections of hypercore-protocol to give: it emits events, and lists its `peers` or `streams`. A
 * hypercore has `peers` as well, but those are not connections: it is replicated over them.
 */
export function isNetworker(value: unknown): value is NetworkerLike {
  try {
    return (
      isEmitter(value) &&
      !isHyperswarm(value) &&
      typeof Object(value).replicate !== 'function' &&
      (isList(Object(value).streams) || isList(Object(value).peers))
    )
  } catch {
    // It has a getter that throws.
    return false
  }
}

/** The items of a list, such as the `streams` of a networker; none if it is no list. */
export function itemsOf(list: unknown): Iterable<unknown> {
  return isList(list) ? list : []
}

/** Throws `ERR_INVALID_ARGUMENT` with what to write in the place of `value`, which is no networker. */
export function refuseNetwork(value: unknown): never {
  refuse(`new Peersockets(network) ${remedyFor(value)}`)
}

function remedyFor(value: unknown): string {
  if (isEmitter(value) && safely(() => isHyperswarm(value)))
    return safely(() => 'clientSockets' in Object(value))
      ? 'was given a Hyperswarm 2, which does not make protocol streams of its sockets: give it the @corestore/networker that uses it.'
      : 'was given a Hyperswarm. Write: ' +
          "import { hyperswarm } from '@peersockets/transport-hyperswarm', and new Peersockets(hyperswarm(swarm))."
  return (
    `was given ${nameOf(value)}, which has no connections to give. ${hintFor(value)}It takes a @corestore/networker; an ` +
    'emitter of `handshake` and `stream-closed` that lists its protocol streams in `streams`; or a transport, such as ' +
    'hyperswarm(swarm) of @peersockets/transport-hyperswarm.'
  )
}

function hintFor(value: unknown): string {
  if (typeof value === 'function') return 'Make an instance of it first. '
  if (safely(() => typeof Object(value).then === 'function')) return 'Await it first. '
  return ''
}

function nameOf(value: unknown): string {
  if (value === null || value === undefined) return `${value}`
  if (typeof value === 'function') return 'a function or class'
  if (typeof value !== 'object') return `a ${typeof value}`
  let name = ''
  safely(() => {
    name = reasonOf(Object(value).constructor?.name ?? '')
    return true
  })
  return name === '' || name === 'Object' ? 'an object' : `an object of class ${name}`
}

function isEmitter(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  return safely(() => {
    const { on, removeListener } = Object(value)
    return typeof on === 'function' && typeof removeListener === 'function'
  })
}

/** Of any version: it lists sockets or secret streams, and knows its peers by key, or counts them. */
function isHyperswarm(value: object): boolean {
  const { connections, peers } = Object(value)
  return isList(connections) && !isList(peers)
}

/** A `Map` is none: what it gives are pairs. */
function isList(value: unknown): value is Iterable<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !(value instanceof Map) &&
    typeof Object(value)[Symbol.iterator] === 'function'
  )
}

function safely(check: () => boolean): boolean {
  try {
    return check()
  } catch {
    return false
  }
}
