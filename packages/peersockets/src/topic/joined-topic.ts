import { type ErrorCode, PeersocketsError } from '../errors.js'
import type { Limits } from '../limits.js'
import type { Peer } from '../plugin.js'
import { frameOf } from '../session/batch.js'
import type { PeerConnection } from '../session/peer-connection.js'
import type { SessionUser, TopicSession } from '../session/topic-session.js'
import type { Topic } from './definition.js'
import type { JoinOptions } from './join-options.js'
import { type HandleOwner, JoinedHandle } from './joined-handle.js'

/** What a topic needs of the `Peersockets` it is joined on. */
export interface TopicOwner {
  readonly limits: Limits
  /** Throws `ERR_UNKNOWN_PEER`, `ERR_INVALID_ARGUMENT`. */
  resolve(peer: unknown, message: unknown, topic: string): PeerConnection
  /** The last handle is closed. */
  onempty(topic: string): void
  onreject(error: PeersocketsError, peer: Peer, hearers: readonly RejectHearer[]): void
  /** The app failed where no peer is concerned. */
  onfailure(error: PeersocketsError): void
}

/** Hears of a rejection; gives whether it listens at all. */
export interface RejectHearer {
  onreject(error: PeersocketsError, peer: Peer, onfailure: (cause: unknown) => void): boolean
}

/** Rejections that only the peer can have caused. */
const VIOLATIONS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'ERR_INVALID_MESSAGE',
  'ERR_MESSAGE_TOO_LARGE',
  'ERR_LIMIT_EXCEEDED',
  'ERR_DECODE_FAILED',
  'ERR_MIDDLEWARE_REJECTED',
  'ERR_MALFORMED_FRAME',
  'ERR_BAD_SIGNATURE',
  'ERR_REPLAYED'
])

/** A topic that is joined: its handles on one side, its sessions with every connected peer on the other. */
export class JoinedTopic<In, Out> implements HandleOwner<In, Out>, SessionUser {
  sent = 0
  received = 0
  rejected = 0
  readonly #owner: TopicOwner
  // Replaced, never changed in place: a handler may open and close handles, and connections come and go, while a message is
  // handed round.
  #sessions: readonly TopicSession[] = []
  /** Kept once somebody has asked for it: there may be very many topics. */
  #peers: Set<Peer> | undefined
  #handles: readonly JoinedHandle<In, Out>[] = []

  constructor(
    owner: TopicOwner,
    readonly definition: Topic<Out, In>,
    readonly name: string
  ) {
    this.#owner = owner
  }

  get maxInboxBytes(): number {
    return this.#owner.limits.maxQueuedBytes
  }

  get peers(): ReadonlySet<Peer> {
    this.#peers ??= new Set(this.present())
    return this.#peers
  }

  present(): Peer[] {
    return this.#sessions.filter(isPresent).map(session => session.peer)
  }

  open(options: JoinOptions<Out>): JoinedHandle<In, Out> {
    const handle = new JoinedHandle<In, Out>(this, options)
    this.#handles = withOne(this.#handles, handle)
    return handle
  }

  release(handle: JoinedHandle<In, Out>): void {
    this.#handles = this.#handles.filter(other => other !== handle)
    if (this.#handles.length === 0) this.#owner.onempty(this.name)
  }

  /** Closes every handle, and with them the topic. */
  close(): void {
    for (const handle of this.#handles) handle.close()
  }

  /** Ends the sessions; nothing is delivered after it. */
  leave(): void {
    for (const session of this.#sessions) session.leave()
    this.#sessions = []
    this.#peers?.clear()
  }

  onconnection(peer: PeerConnection): void {
    const session = peer.session(this)
    this.#sessions = withOne(this.#sessions, session)
    session.open(this)
  }

  ondisconnection({ connection }: PeerConnection): void {
    this.#sessions = this.#sessions.filter(session => session.connection !== connection)
  }

  send(message: In, peer: Peer | Uint8Array | string): boolean {
    const connection = this.#owner.resolve(peer, message, this.name)
    const frame = this.#encode(message)
    const session = connection.sessionOf(this)
    if (session === undefined)
      throw new PeersocketsError('ERR_CLOSED', `Topic ${this.name} was left.`, { topic: this.name })
    if (!session.send(frame)) return true
    this.sent++
    return session.ready
  }

  flush(): void {
    for (const session of this.#sessions) session.flushAll()
  }

  broadcast(message: In, except: Iterable<Peer> | undefined): number {
    const bytes = this.#encode(message)
    const { batch, middleware } = this.definition
    // One for all peers, because most have no other message in a tick; but layers make one of their own for each.
    const frame = batch && middleware.length === 0 ? frameOf(bytes) : undefined
    const excluded = except === undefined ? undefined : new Set(except)
    let reached = 0
    for (const session of this.#sessions) {
      // Whoever is told of one that cannot take it may leave the topic.
      if (!session.remoteOpen || excluded?.has(session.peer) || !session.serves(this)) continue
      try {
        session.send(bytes, frame)
        reached++
      } catch (error) {
        if (!PeersocketsError.is(error)) throw error
        this.onfailure(error, session)
      }
    }
    this.sent += reached
    return reached
  }

  drained(peer: Peer | Uint8Array | string): Promise<void> {
    return this.#owner.resolve(peer, undefined, this.name).drained()
  }

  onmessage(frame: Buffer, session: TopicSession): void {
    let message: Out
    try {
      this.#checkSize(frame)
      // A copy for messages that may wait: a view would keep alive the whole chunk that the socket read it with.
      message = this.definition.decode(this.#handles.some(collects) ? Buffer.from(frame) : frame, this.name)
    } catch (error) {
      if (!PeersocketsError.is(error)) throw error
      this.onreject(error, session)
      return
    }
    this.received++
    for (const handle of this.#handles) handle.onmessage(message, session.peer, frame.length)
  }

  onreject(error: PeersocketsError, session: TopicSession): void {
    this.report(error, session.peer)
    if (this.definition.onviolation === 'disconnect' && VIOLATIONS.has(error.code))
      session.connection.destroy(error)
  }

  onfailure(error: PeersocketsError, session: TopicSession): void {
    this.report(error, session.peer)
  }

  onpeerjoin(session: TopicSession): void {
    this.#peers?.add(session.peer)
    for (const handle of this.#handles) handle.onpeerjoin(session.peer)
  }

  onpeerleave(session: TopicSession): void {
    this.#peers?.delete(session.peer)
    for (const handle of this.#handles) handle.onpeerleave(session.peer)
  }

  complain(error: PeersocketsError): void {
    this.#owner.onfailure(error)
  }

  report(error: PeersocketsError, peer: Peer): void {
    this.rejected++
    this.#owner.onreject(error, peer, this.#handles)
  }

  #encode(message: In): Buffer {
    const frame = this.definition.encode(message, this.name)
    this.#checkSize(frame)
    return frame
  }

  #checkSize(frame: Buffer): void {
    const { maxMessageBytes } = this.#owner.limits
    if (frame.length <= maxMessageBytes) return
    const text = `A message of ${frame.length} bytes is over maxMessageBytes, which is ${maxMessageBytes}.`
    throw new PeersocketsError('ERR_MESSAGE_TOO_LARGE', text, { topic: this.name })
  }
}

function collects(handle: { readonly collecting: boolean }): boolean {
  return handle.collecting
}

function isPresent(session: TopicSession): boolean {
  return session.remoteOpen
}

/** For one, which is what most have, a list costs less so than by `concat`. */
function withOne<T>(list: readonly T[], one: T): readonly T[] {
  return list.length === 0 ? [one] : list.concat(one)
}
