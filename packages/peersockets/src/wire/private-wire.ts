import { randomBytes } from '@noble/hashes/utils.js'
import { PeersocketsError } from '../errors.js'
import type { Channel, Connection } from '../transport/transport.js'
import {
  FRAME_OVERHEAD_BYTES,
  INSTANCE_BYTES,
  MAX_INSTANCES,
  MAX_REMOTE_TOPICS,
  MAX_UNREAD_BYTES
} from './bounds.js'
import { type Frame, headerOf, helloBody, KIND, readFrame } from './frame.js'
import { LocalTopics } from './local-topics.js'
import { PacketWriter } from './packet-writer.js'
import { PrivateTopic, type PrivateTopicUser, type PrivateTopicWire } from './private-topic.js'
import { RemoteTopics } from './remote-topics.js'
import { readSequence } from './sequence.js'
import { Tagger, tagText } from './tag.js'
import type { TopicChannel } from './topic-channel.js'
import {
  malformed,
  peerIsFull,
  tooEarly,
  tooManyInstances,
  tooManyTopics,
  tooMuchUnread,
  type ViolationListener
} from './violation.js'

const PROTOCOL = 'peersockets/v1'
const EMPTY = Buffer.alloc(0)

/**
 * Wire v1 on one connection (SPEC, "Wire v1"): every private topic over one protocol. No name appears on it, and nothing
 * that is equal on two connections or in two directions.
 */
export class PrivateWire implements PrivateTopicWire {
  static readonly #ofConnection = new WeakMap<object, PrivateWire>()

  /** One per connection: two `Peersockets` on one network share it, because the peer knows topics by one list of ids. */
  static acquire(connection: Connection, onviolation: ViolationListener): PrivateWire {
    const wire = PrivateWire.#ofConnection.get(connection.identity) ?? new PrivateWire(connection)
    PrivateWire.#ofConnection.set(connection.identity, wire)
    wire.#listeners.add(onviolation)
    return wire
  }

  readonly maxBodyBytes: number
  readonly #connection: Connection
  readonly #listeners = new Set<ViolationListener>()
  readonly #channel: Channel
  #tagger: Tagger | undefined
  readonly #instance: Buffer
  readonly #packets = new PacketWriter(packet => this.#send(packet))
  readonly #local: LocalTopics
  readonly #remote = new RemoteTopics()
  /** Those that the peer has left in the packet that is being read. */
  readonly #left: PrivateTopic[] = []
  #remoteInstance: Buffer | undefined
  #remoteMaxTopics = 0
  #announcements = 0
  #instances = 0
  #opened = 0
  #synced = false

  private constructor(connection: Connection) {
    this.#connection = connection
    this.#local = new LocalTopics(connection.identity)
    this.maxBodyBytes = connection.maxFrameBytes - FRAME_OVERHEAD_BYTES
    this.#instance = Buffer.from(randomBytes(INSTANCE_BYTES))
    this.#channel = connection.open(PROTOCOL, {
      onmessage: packet => this.#onpacket(packet),
      onopen: () => this.#onannouncement(),
      onclose: () => this.#reset()
    })
    if (this.#channel.remoteOpen) this.#onannouncement()
  }

  get undecided(): boolean {
    return !this.#synced
  }

  /** Bytes that go out at the end of the tick. */
  get pendingBytes(): number {
    return this.#packets.pendingBytes
  }

  /** Gives the wire back; with its last user it ends. */
  release(onviolation: ViolationListener): void {
    if (!this.#listeners.delete(onviolation) || this.#listeners.size > 0) return
    this.flush()
    this.#channel.close()
    this.#tagger?.wipe()
    PrivateWire.#ofConnection.delete(this.#connection.identity)
  }

  /**
   * Opens a topic. Throws `ERR_TOPIC_CONFLICT` if it is open already, by another `Peersockets`; `ERR_NO_KEY_EXPORT`;
   * `ERR_LIMIT_EXCEEDED`.
   */
  open(user: PrivateTopicUser): TopicChannel {
    const { topic: name } = user
    const tag = this.#tags().remote(name, user.secret())
    if (this.#local.has(tag)) {
      const text = `Another Peersockets on this network is in the private topic ${name} already. Use one for the whole app.`
      throw new PeersocketsError('ERR_TOPIC_CONFLICT', text, { topic: name })
    }
    const id = this.#local.takeId()
    if (id === undefined) {
      const text = 'This connection has seen all the topics that it can number. Reconnect to go on.'
      throw new PeersocketsError('ERR_LIMIT_EXCEEDED', text, { topic: name })
    }
    const topic = new PrivateTopic(this, id, tag, user)
    this.#local.add(topic)
    if (this.#remoteInstance !== undefined) this.#announce(topic)
    const remoteId = this.#remote.claim(topic)
    if (remoteId !== undefined) this.#accept(topic, remoteId)
    return topic
  }

  close(topic: PrivateTopic): void {
    if (!this.#local.delete(topic)) return
    this.#remote.unclaim(topic)
    if (!topic.announced) return
    this.#opened--
    this.#packets.append(headerOf(topic.id, KIND.close), EMPTY)
  }

  sendData(id: number, body: Buffer): void {
    this.#packets.append(headerOf(id, KIND.data), body)
  }

  /** Sends what waits for the end of the tick. */
  flush(): void {
    this.#packets.flush()
  }

  #tags(): Tagger {
    this.#tagger ??= new Tagger(this.#connection)
    return this.#tagger
  }

  #send(packet: Buffer): void {
    try {
      this.#channel.send(packet)
    } catch (cause) {
      this.#violation(new PeersocketsError('ERR_CLOSED', 'The connection refused a packet.', { cause }))
    }
  }

  /** The peer has wire v1, or has it again. */
  #onannouncement(): void {
    if (this.#announcements >= MAX_INSTANCES) {
      this.#violation(tooManyInstances())
      return
    }
    this.#announcements++
    this.#hello()
  }

  #hello(): void {
    this.#packets.append(headerOf(0, KIND.hello), helloBody(this.#instance, MAX_REMOTE_TOPICS))
  }

  #announce(topic: PrivateTopic): void {
    const { id, user } = topic
    if (this.#opened >= this.#remoteMaxTopics) {
      this.#violation(peerIsFull(user.topic, this.#remoteMaxTopics))
      return
    }
    this.#opened++
    topic.announced = true
    this.#packets.append(headerOf(id, KIND.open), this.#tags().local(user.topic, user.secret()))
  }

  #accept(topic: PrivateTopic, remoteId: number): void {
    topic.onmatch()
    this.#packets.append(headerOf(remoteId, KIND.accept), Buffer.from(topic.user.descriptor))
  }

  /** All that the peer has told is void: it left the wire, or another instance has taken its place. */
  #reset(): void {
    this.#remoteInstance = undefined
    this.#opened = 0
    this.#synced = false
    this.#remote.clear()
    for (const topic of [...this.#local]) {
      topic.announced = false
      topic.onleave()
    }
  }

  #decide(): void {
    if (this.#synced) return
    this.#synced = true
    for (const topic of [...this.#local]) topic.ondecided()
  }

  #onpacket(packet: Buffer): void {
    const frames = readSequence(packet)
    if (frames === undefined) {
      this.#violation(malformed('a packet'))
      return
    }
    let unreadable = false
    for (const bytes of frames) {
      const frame = readFrame(bytes)
      if (frame === undefined) unreadable = true
      else this.#onframe(frame)
    }
    // Once a packet, because a packet has room for very many.
    if (unreadable) this.#violation(malformed('a frame'))
    // Not before the whole packet is read: who leaves and joins again in one tick does both in one packet.
    for (const topic of this.#left.splice(0)) {
      if (this.#synced) topic.ondecided()
    }
  }

  #onframe(frame: Frame): void {
    if (frame.kind === 'hello') {
      this.#onhello(frame.instance, frame.maxTopics)
      return
    }
    // Before its HELLO, what arrives was meant for an instance that was here before us.
    if (this.#remoteInstance === undefined) return
    switch (frame.kind) {
      case 'open':
        this.#onopen(frame.id, tagText(frame.tag))
        break
      case 'accept':
        this.#local.get(frame.id)?.onaccept(frame.descriptor)
        break
      case 'synced':
        this.#decide()
        break
      case 'data':
        this.#ondata(frame.id, frame.body)
        break
      case 'close':
        this.#onclose(frame.id)
        break
      case 'unknown':
        break
    }
  }

  #onhello(instance: Buffer, maxTopics: number): void {
    if (this.#remoteInstance?.equals(instance)) return
    const replaced = this.#remoteInstance !== undefined
    if (replaced) this.#reset()
    if (this.#instances >= MAX_INSTANCES) {
      this.#violation(tooManyInstances())
      return
    }
    this.#instances++
    this.#remoteInstance = Buffer.from(instance)
    this.#remoteMaxTopics = maxTopics
    // The new instance has not seen the greeting that the old one got.
    if (replaced) this.#hello()
    for (const topic of this.#local) this.#announce(topic)
    this.#packets.append(headerOf(0, KIND.synced), EMPTY)
  }

  #onopen(remoteId: number, tag: string): void {
    // Told twice by a peer that began anew while we greeted it.
    if (this.#remote.isOpen(remoteId, tag)) return
    if (this.#remote.has(remoteId, tag) || this.#local.isOpen(tag)) {
      this.#violation(malformed('an OPEN of what is open'))
      return
    }
    if (this.#remote.size >= MAX_REMOTE_TOPICS) {
      this.#violation(tooManyTopics())
      return
    }
    if (this.#connection.queuedBytes > MAX_UNREAD_BYTES) {
      this.#violation(tooMuchUnread())
      return
    }
    const topic = this.#local.find(tag)
    this.#remote.open(remoteId, tag, topic)
    if (topic !== undefined) this.#accept(topic, remoteId)
  }

  #onclose(remoteId: number): void {
    const topic = this.#remote.close(remoteId)
    if (topic === undefined) return
    topic.onleave()
    this.#left.push(topic)
  }

  #ondata(remoteId: number, body: Buffer): void {
    // None for one that we have left in the meantime: nothing to read it with.
    const topic = this.#remote.topic(remoteId)
    if (topic !== undefined && !topic.onmessage(body)) this.#violation(tooEarly(topic.user.topic))
  }

  #violation(error: PeersocketsError): void {
    for (const listener of this.#listeners) listener(error)
  }
}
