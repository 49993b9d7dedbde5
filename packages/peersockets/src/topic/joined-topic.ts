import { endsWithin } from '../deadline.js'
import { located, PeersocketsError } from '../errors.js'
import type { Limits } from '../limits.js'
import { copyOf } from '../own-bytes.js'
import type { Peer } from '../plugin.js'
import type { RejectHearer } from '../reports.js'
import { isKeepingUp } from '../session/backpressure.js'
import { frameOf } from '../session/batch.js'
import { ConnectedTopic, type TopicUser } from '../session/connected-topic.js'
import type { PeerConnection, RemotePeer } from '../session/peer-connection.js'
import { isPeerLike, type PeerDirectory } from '../session/peer-directory.js'
import type { TopicConfig } from '../session/topic-config.js'
import type { Sendable, Topic } from './definition.js'
import type { PeerId } from './handle.js'
import { Presence } from './presence.js'
import { isViolation } from './violation.js'

/** What a topic needs of the `Peersockets` it is joined on. */
export interface TopicOwner<P extends Peer> {
  readonly limits: Limits
  readonly directory: PeerDirectory<P>
  /** The last handle is closed. Resolves when what was accepted for sending is out, after `timeout` milliseconds at most. */
  onempty(topic: AnyJoinedTopic<P>, timeout: number): Promise<void>
  onreject(error: PeersocketsError, peer: P, hearers: readonly RejectHearer<P>[]): void
  /** The app failed where no peer is concerned. */
  onfailure(error: PeersocketsError): void
}

/** A joined topic whatever its messages are. */
export type AnyJoinedTopic<P extends Peer> = Omit<
  JoinedTopic<never, P>,
  'add' | 'release' | 'definition' | 'send' | 'broadcast'
> & { readonly definition: TopicConfig }

/** One user of a joined topic, as the topic knows it. None of what is called throws. */
export interface TopicListener<Message, P extends Peer> extends RejectHearer<P> {
  /** Whether a message for it goes anywhere. */
  readonly listening: boolean
  /** Whether something was sent through it. */
  readonly hasSent: boolean
  /** A message of `length` bytes. */
  onmessage(message: Message, peer: P, length: number): void
  onpeerjoin(peer: P): void
  onpeerleave(peer: P): void
  close(options: { timeout: number }): Promise<void>
}

/** A topic that is joined: its handles on one side, its connections on the other. */
export class JoinedTopic<Message, P extends Peer> implements TopicUser<P> {
  sent = 0
  received = 0
  rejected = 0
  readonly #owner: TopicOwner<P>
  readonly #present = new Presence<P>()
  #hinted = false
  // Replaced, never changed in place: a handler may open and close handles while a message is handed round.
  #handles: readonly TopicListener<Message, P>[] = []

  constructor(
    owner: TopicOwner<P>,
    readonly definition: Topic<Message>,
    readonly name: string
  ) {
    this.#owner = owner
  }

  /** How much a `for await` loop may leave lying, in bytes. */
  get maxInboxBytes(): number {
    return this.#owner.limits.maxQueuedBytes
  }

  get peers(): ReadonlySet<P> {
    return this.#present.peers
  }

  /** Those in {@link peers} now. */
  present(): P[] {
    return this.#present.list()
  }

  get connections(): readonly ConnectedTopic<P>[] {
    return this.#present.topics
  }

  add(handle: TopicListener<Message, P>): void {
    this.#handles = [...this.#handles, handle]
  }

  /** A handle is closed. Resolves when what was accepted for sending is out, after `timeout` milliseconds at most. */
  async release(handle: TopicListener<Message, P>, timeout: number): Promise<void> {
    this.#handles = this.#handles.filter(other => other !== handle)
    if (this.#handles.length === 0) await this.#owner.onempty(this, timeout)
    else if (handle.hasSent)
      await endsWithin(Promise.all(this.#present.topics.map(topic => topic.delivered())), timeout)
  }

  /** Closes every handle, and with them the topic. */
  async close(timeout: number): Promise<void> {
    const handles = this.#handles
    // At once: what the first one's `onclose` joins is not to find a topic that is about to be left.
    this.#handles = []
    await Promise.all(handles.map(handle => handle.close({ timeout })))
  }

  /** Nothing is delivered after it. What it gives resolves when what was accepted for sending has gone, or was reported as dropped. */
  leave(): readonly Promise<void>[] {
    return this.#present
      .clear()
      .map(topic => topic.leave())
      .filter(left => left !== undefined)
  }

  onconnection(connection: PeerConnection<P>): void {
    const topic = new ConnectedTopic(connection, this)
    topic.open()
    this.hint(connection)
    if (this.#present.add(topic))
      for (const handle of this.#handles) handle.onpeerjoin(connection.remote.peer)
  }

  ondisconnection(connection: PeerConnection<P>): void {
    const topic = this.#present.of(connection)
    if (topic === undefined) return
    const left = this.#present.remove(topic)
    topic.destroy()
    if (left) for (const handle of this.#handles) handle.onpeerleave(connection.remote.peer)
  }

  /** Says once, and how to correct it, that a peer is in a topic of this name on the other wire: the two never meet. */
  hint(connection: PeerConnection<P>): void {
    const { name, definition } = this
    // With a secret it is a topic for those who have that: nobody can tell whether the others were meant to be in it.
    if (this.#hinted || definition.secret() !== undefined) return
    if (!connection.isOnOtherWire(name, definition.private)) return
    this.#hinted = true
    const [ours, theirs] = definition.private ? ['private', 'public'] : ['public', 'private']
    const text = `We are in the ${ours} topic ${name}, and a peer in a ${theirs} one of that name: they never meet. Give both the same \`private\`; join(name) is public unless it says { private: true }, defineTopic private unless it says { private: false }.`
    const error = new PeersocketsError('ERR_VISIBILITY_MISMATCH', text, { topic: name })
    // An app that is told of it inside `join` has no handle yet.
    queueMicrotask(() => this.report(error, connection.remote.peer))
  }

  send(message: Sendable<Message>, peer: PeerId): boolean {
    const remote = this.#owner.directory.resolve(peer, message, this.name)
    const bytes = this.#encode(message)
    const topic = this.#present.route(remote)
    if (topic === undefined)
      throw new PeersocketsError('ERR_CLOSED', `Topic ${this.name} was left.`, { topic: this.name })
    topic.enqueue(bytes, message)
    this.sent++
    return isKeepingUp(topic.connection)
  }

  flush(): void {
    for (const topic of this.#present.topics) topic.flush()
  }

  broadcast(message: Sendable<Message>, except: PeerId | Iterable<PeerId> | undefined): number {
    const excluded = this.#excluded(except, message)
    const bytes = this.#encode(message)
    const { batch, middleware } = this.definition
    // One for all peers, because most have no other message in a tick; but layers make one of their own for each.
    const frame = batch && middleware.length === 0 ? frameOf(bytes) : undefined
    let reached = 0
    for (const topic of this.#present.newest()) {
      // An app that is told of a peer that cannot take it may leave the topic.
      if (!topic.present || excluded?.has(topic.connection.remote)) continue
      try {
        topic.enqueue(bytes, message, frame, 'broadcast')
        reached++
      } catch (error) {
        if (!PeersocketsError.is(error)) throw error
        this.onfailure(located(error, this.name, [message]), topic)
      }
    }
    this.sent += reached
    return reached
  }

  /** For none of them, those of all peers. */
  async drained(peers: readonly PeerId[]): Promise<void> {
    const topics =
      peers.length === 0
        ? this.#present.newest()
        : peers.map(peer => this.#present.route(this.#owner.directory.resolve(peer, undefined, this.name)))
    await Promise.all(topics.map(topic => topic?.connection.drained()))
  }

  onmessage(bytes: Buffer, from: ConnectedTopic<P>): void {
    const { peer } = from.connection.remote
    const [only, another] = this.#handles
    if (only !== undefined && another === undefined) {
      const message = this.#decode(bytes, from)
      if (message === undefined) return
      this.received++
      only.onmessage(message.value, peer, bytes.length)
      return
    }
    const handles = this.#handles.filter(({ listening }) => listening)
    // What one handler writes into a message no other gets to see: each but the last has bytes of its own.
    const copies = handles.slice(1).map(() => copyOf(bytes))
    let message = this.#decode(copies[0] ?? bytes, from)
    if (message === undefined) return
    this.received++
    for (const [at, handle] of handles.entries()) {
      // A handler may have closed it.
      if (at > 0 && !handle.listening) continue
      if (at > 0) message = this.#decode(copies[at] ?? bytes, from)
      if (message === undefined) return
      handle.onmessage(message.value, peer, bytes.length)
    }
  }

  onreject(error: PeersocketsError, from: ConnectedTopic<P>): void {
    this.report(error, from.connection.remote.peer)
    if (this.definition.onviolation === 'disconnect' && isViolation(error))
      from.connection.connection.destroy()
  }

  onfailure(error: PeersocketsError, from: ConnectedTopic<P>): void {
    this.report(error, from.connection.remote.peer)
  }

  onpresence(from: ConnectedTopic<P>): void {
    const { peer } = from.connection.remote
    const change = this.#present.change(from)
    for (const handle of this.#handles) {
      if (change === 'joined') handle.onpeerjoin(peer)
      else if (change === 'left') handle.onpeerleave(peer)
    }
  }

  complain(error: PeersocketsError): void {
    this.#owner.onfailure(error)
  }

  report(error: PeersocketsError, peer: P): void {
    this.rejected++
    this.#owner.onreject(error, peer, this.#handles)
  }

  #decode(bytes: Buffer, from: ConnectedTopic<P>): { readonly value: Message } | undefined {
    try {
      this.#checkSize(bytes)
      return { value: this.definition.decode(bytes, this.name) }
    } catch (error) {
      if (!PeersocketsError.is(error)) throw error
      this.onreject(error, from)
      return undefined
    }
  }

  #encode(message: Sendable<Message>): Buffer {
    const bytes = this.definition.encode(message, this.name)
    this.#checkSize(bytes)
    return bytes
  }

  #checkSize(bytes: Buffer): void {
    const { maxMessageBytes } = this.#owner.limits
    if (bytes.length <= maxMessageBytes) return
    const text = `A message of ${bytes.length} bytes is over maxMessageBytes, which is ${maxMessageBytes}.`
    throw new PeersocketsError('ERR_MESSAGE_TOO_LARGE', text, { topic: this.name })
  }

  #excluded(
    except: PeerId | Iterable<PeerId> | undefined,
    message: unknown
  ): ReadonlySet<RemotePeer<P>> | undefined {
    if (except === undefined) return undefined
    const excluded = new Set<RemotePeer<P>>()
    for (const peer of isList(except) ? except : [except]) {
      const remote = this.#owner.directory.find(peer, message, this.name)
      if (remote !== undefined) excluded.add(remote)
    }
    return excluded
  }
}

function isList(except: PeerId | Iterable<PeerId>): except is Iterable<PeerId> {
  // Bytes can be iterated as well, and are a key or a mistake.
  if (typeof except !== 'object' || except === null || except instanceof Uint8Array) return false
  return !isPeerLike(except) && Symbol.iterator in except
}
