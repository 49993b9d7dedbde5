import type { PeersocketsError } from '../errors.js'
import { startTimeout, type Timeout } from '../timeout.js'
import { sharedOn } from '../transport/shared.js'
import type { Channel, Connection } from '../transport/transport.js'
import type { BlockPool } from './block-pool.js'
import { GREETING_INTERVAL_MS, MAX_REMOTE_TOPICS, MAX_UNREAD_BYTES } from './bounds.js'
import { CommonTopics } from './common-topics.js'
import { type Frame, headerOf, helloBody, KIND, PING_ID, PONG_ID, pingBody, readFrame } from './frame.js'
import { Greetings } from './greetings.js'
import { Introduction } from './introduction.js'
import { PacketWriter } from './packet-writer.js'
import { Pings } from './pings.js'
import type { PrivateTopic } from './private-topic.js'
import { readSequence } from './sequence.js'
import type { TopicMember } from './session-channel.js'
import { tagText } from './tag.js'
import { malformed, refused, tooManyGreetings } from './wire-errors.js'

const PROTOCOL = 'peersockets/v1'

/** Who uses the wire. None of these may throw. */
export interface WireUser {
  /** The peer broke a rule of the wire, or went over a bound: a frame was passed over. */
  onviolation(error: PeersocketsError): void
  /** The peer has told all that it is in. */
  onsynced(): void
}

/**
 * Wire v1 on one connection (SPEC, "Wire v1"): every private topic over one protocol. No name appears on it, and nothing
 * that is equal on two connections or in two directions.
 */
export class PrivateWire {
  /** One per connection: several `Peersockets` on one network share it, because the peer knows topics by one list of numbers. */
  static of(connection: Connection, pool: BlockPool): PrivateWire {
    return sharedOn(connection.identity, 'wire/1', () => new PrivateWire(connection, pool))
  }

  readonly #connection: Connection
  readonly #users = new Set<WireUser>()
  readonly #packets: PacketWriter
  readonly #introduction = new Introduction()
  #greetings = new Greetings()
  readonly #topics: CommonTopics
  readonly #pings = new Pings(token => this.#packets.append(headerOf(PING_ID, KIND.ping), pingBody(token)))
  /** Open while somebody uses the wire. */
  #channel: Channel | undefined
  /** The peer was greeted, and its first answer is counted with that. */
  #isAwaited = false
  /** The peer has begun anew too often, and is answered when this has passed. */
  #pause: Timeout | undefined

  private constructor(connection: Connection, pool: BlockPool) {
    this.#connection = connection
    this.#packets = new PacketWriter(pool, packet => this.#write(packet))
    this.#topics = new CommonTopics(connection, this.#introduction, this.#packets, {
      onviolation: error => this.#onviolation(error),
      greet: () => this.#hello(),
      beginAnew: () => this.#beginAnew()
    })
  }

  /** Bytes that go out at the end of the tick. */
  get pendingBytes(): number {
    return this.#packets.pendingBytes
  }

  /** Begins to use the wire. */
  acquire(user: WireUser): void {
    this.#users.add(user)
    if (this.#channel !== undefined) return
    this.#introduction.renew()
    // That we begin anew ourselves is not held against the peer.
    this.#greetings = new Greetings()
    this.#channel = this.#connection.open(PROTOCOL, {
      onmessage: packet => this.#onpacket(packet),
      onopen: () => this.#onannouncement(),
      onclose: () => this.#onwithdrawal()
    })
    if (this.#channel.remoteOpen) this.#onannouncement()
  }

  /** Gives the wire back; with its last user it ends. */
  release(user: WireUser): void {
    if (!this.#users.delete(user) || this.#users.size > 0) return
    this.flush()
    this.#channel?.close()
    this.#channel = undefined
    clearTimeout(this.#pause)
    this.#pause = undefined
    this.#forget()
    this.#topics.end()
  }

  /** Joins a topic. Throws `ERR_NO_KEY_EXPORT`. */
  open(member: TopicMember): PrivateTopic {
    return this.#topics.join(member)
  }

  /** Whether the peer is in the private topic of that name, and we are not: told to apps that join a public one of the name. */
  hasOpen(name: string): boolean {
    return this.#topics.hasOpen(name)
  }

  /** Leaves a topic. Its sessions end, and its member is told nothing more. */
  close(topic: PrivateTopic): void {
    this.#topics.leave(topic)
  }

  /** Sends what waits for the end of the tick. */
  flush(): void {
    this.#packets.flush()
  }

  /** Whether the peer has got all that was sent before; undefined if it cannot say. Resolves when it has, or is gone. */
  ping(): Promise<boolean> | undefined {
    return this.#introduction.addressed ? this.#pings.ping() : undefined
  }

  #write(packet: Buffer): void {
    try {
      this.#channel?.send(packet)
    } catch (cause) {
      this.#onviolation(refused(cause))
    }
  }

  /** The peer has wire v1, or has it again. */
  #onannouncement(): void {
    if (!this.#mayGreet()) return
    this.#isAwaited = true
    this.#hello()
  }

  /** The peer is gone. One that comes back as it was is told that all was void here meanwhile. */
  #onwithdrawal(): void {
    this.#forget()
    this.#introduction.renew()
  }

  /** Both tell all once more, as after an announcement. */
  #beginAnew(): void {
    if (this.#channel === undefined || !this.#mayGreet()) return
    this.#onwithdrawal()
    this.#isAwaited = true
    this.#hello()
  }

  /** All that both sides have said is void. */
  #forget(): void {
    this.#isAwaited = false
    this.#introduction.forget()
    this.#pings.end()
    this.#topics.reset()
  }

  #hello(): void {
    const { local, addressee } = this.#introduction
    this.#packets.append(headerOf(0, KIND.hello), helloBody(local, addressee, MAX_REMOTE_TOPICS))
  }

  /** A peer that begins anew too often has to wait; then we do so too, so that it tells all once more. */
  #mayGreet(): boolean {
    if (this.#pause !== undefined) return false
    if (this.#greetings.take()) return true
    // Before an app hears of anything, which may end the connection, and the timer with it.
    this.#pause = startTimeout(() => {
      this.#pause = undefined
      // Not counted: the greeting that has been earned meanwhile is for the answer.
      if (this.#channel?.remoteOpen) this.#hello()
    }, GREETING_INTERVAL_MS)
    this.#onwithdrawal()
    this.#onviolation(tooManyGreetings())
    return false
  }

  #onpacket(packet: Buffer): void {
    const frames = readSequence(packet)
    if (frames === undefined) {
      this.#onviolation(malformed('a packet'))
      return
    }
    let unreadable = false
    let asked: number | undefined
    for (const bytes of frames) {
      // What is told of a frame may end the connection.
      if (this.#channel === undefined) return
      const frame = readFrame(bytes)
      if (frame === undefined) unreadable = true
      else if (frame.kind === 'ping') asked = frame.token
      else this.#onframe(frame)
    }
    // Once a packet, because a packet has room for very many.
    if (unreadable) this.#onviolation(malformed('a frame'))
    this.#topics.onpacketend()
    if (asked !== undefined) this.#answer(asked)
  }

  #onframe(frame: Frame): void {
    if (frame.kind === 'hello') {
      this.#onhello(frame.instance, frame.addressee, frame.maxTopics)
      return
    }
    // What arrives before the peer has addressed us was meant for an instance that was here before us.
    if (!this.#introduction.addressed) return
    switch (frame.kind) {
      case 'open':
        this.#topics.onopen(frame.number, tagText(frame.tag))
        break
      case 'accept':
        this.#topics.onaccept(frame.number, frame.acceptance)
        break
      case 'synced':
        this.#topics.onsynced()
        for (const user of [...this.#users]) user.onsynced()
        break
      case 'data':
        this.#topics.ondata(frame.number, frame.body)
        break
      case 'close':
        this.#topics.onclose(frame.number)
        break
      case 'pong':
        this.#pings.onpong(frame.token)
        break
    }
  }

  #onhello(instance: Buffer, addressee: Buffer, maxTopics: number): void {
    if (!this.#introduction.isKnown(instance)) {
      if (!this.#isAwaited && !this.#mayGreet()) return
      this.#forget()
      // An app that is told of it may end the connection.
      if (this.#channel === undefined) return
      this.#introduction.meet(instance)
      this.#hello()
      this.#topics.openAll(maxTopics)
    }
    this.#introduction.address(addressee)
  }

  #answer(token: number): void {
    if (!this.#introduction.addressed || this.#connection.queuedBytes > MAX_UNREAD_BYTES) return
    this.#packets.append(headerOf(PONG_ID, KIND.ping), pingBody(token))
  }

  #onviolation(error: PeersocketsError): void {
    for (const user of [...this.#users]) user.onviolation(error)
  }
}
