import type { Channel, ChannelEvents } from 'peersockets'
import type Protomux from 'protomux'
import type { MuxChannel } from 'protomux'
import queueTick from 'queue-tick'
import type { Outgoing } from './outgoing.js'
import type { SecretStream } from './secret-stream.js'

/** What a protocol needs of the stream that it runs on. */
export interface ProtocolOwner {
  readonly stream: SecretStream
  readonly mux: Protomux
  readonly outgoing: Outgoing
  /** The peer has opened the protocol, which we had asked for. */
  onanswer(): void
  /** Nobody has the protocol open any more, and the peer was told. */
  onend(): void
}

/**
 * One protocol on one stream, shared by all who have it open.
 *
 * Protomux pairs our channel with the peer's. An open that finds nobody is refused, and the channel with it; whoever opens
 * later asks anew, and `pair` answers. What is sent on a channel before the peer has answered piles up in the peer, which
 * above 32 KiB stops reading from the whole stream, and never goes on if the channel is closed before it was paired. So
 * frames are held here until the peer has answered, and a channel that answers the peer's is not closed before it is open.
 */
export class Protocol {
  readonly #owner: ProtocolOwner
  readonly #name: string
  /** Replaced, never changed in place: a handler may open or close channels while a frame is handed round. */
  #users: readonly ProtocolUser[] = []
  #channel: MuxChannel | undefined
  /** The peer has asked, and has our answer; Protomux opens the channel when the tick is over. */
  #answering = false
  #remoteOpen = false
  #held: Buffer[] = []
  #ended = false

  constructor(owner: ProtocolOwner, name: string) {
    this.#owner = owner
    this.#name = name
    owner.mux.pair({ protocol: name }, id => {
      // With an id it is another protocol, which is not ours.
      if (id !== null || this.#channel !== undefined) return
      this.#answering = true
      this.#ask()
    })
    this.#ask()
  }

  /** Whether the peer has the protocol open. */
  get remoteOpen(): boolean {
    return this.#remoteOpen
  }

  use(events: ChannelEvents): Channel {
    const user = new ProtocolUser(this, events)
    this.#users = [...this.#users, user]
    return user
  }

  send(frame: Buffer): void {
    if (this.#channel === undefined || this.#owner.stream.destroyed) return
    if (this.#remoteOpen) this.#channel.messages[0].send(frame)
    else this.#owner.outgoing.hold(this.#held, frame)
  }

  release(user: ProtocolUser): void {
    this.#users = this.#users.filter(other => other !== user)
    this.#endSoonIfUnused()
  }

  #ask(): void {
    const channel = this.#owner.mux.createChannel({
      protocol: this.#name,
      messages: [
        {
          onmessage: frame => {
            if (channel !== null && channel === this.#channel) this.#onmessage(frame)
          }
        }
      ],
      onopen: () => {
        if (channel !== null && channel === this.#channel) this.#onopen(channel)
      },
      onclose: () => {
        if (channel !== null && channel === this.#channel) this.#onclose()
      }
    })
    // The stream is gone, or somebody else has a channel of this name.
    if (channel === null) {
      this.#answering = false
      return
    }
    this.#channel = channel
    channel.open()
  }

  #onmessage(frame: Buffer): void {
    // What one of several writes into a frame no other gets to see: each but the last has bytes of its own.
    const users = this.#users
    for (const [at, user] of users.entries())
      if (!user.closed) user.events.onmessage(at < users.length - 1 ? Buffer.from(frame) : frame)
  }

  #onopen(channel: MuxChannel): void {
    const asked = !this.#answering
    this.#answering = false
    this.#remoteOpen = true
    for (const frame of this.#takeHeld()) channel.messages[0].send(frame)
    for (const user of this.#users) if (!user.closed) user.events.onopen?.()
    if (asked) this.#owner.onanswer()
    this.#endSoonIfUnused()
  }

  #onclose(): void {
    // The whole connection is gone: what is open stays so, for those who are told of that.
    if (this.#owner.stream.destroyed) return
    const before = this.#remoteOpen
    this.#channel = undefined
    this.#answering = false
    this.#remoteOpen = false
    this.#takeHeld()
    this.#owner.outgoing.wake()
    for (const user of this.#users) if (before && !user.closed) user.events.onclose?.()
    this.#endSoonIfUnused()
  }

  #takeHeld(): readonly Buffer[] {
    const held = this.#held
    this.#held = []
    this.#owner.outgoing.letGo(held)
    return held
  }

  /**
   * Not at once: who closes it and opens it again in one tick has never left, and loses nothing that is under way. And with
   * the tick that Protomux uses, so that a peer in this process has opened its channel before it hears that ours is closed.
   */
  #endSoonIfUnused(): void {
    if (this.#users.length === 0) queueTick(() => this.#endIfUnused())
  }

  #endIfUnused(): void {
    // What was held was accepted for sending: it goes, or is refused, first.
    if (this.#ended || this.#answering || this.#users.length > 0 || this.#held.length > 0) return
    this.#ended = true
    this.#owner.mux.unpair({ protocol: this.#name })
    const channel = this.#channel
    this.#channel = undefined
    channel?.close()
    this.#owner.onend()
  }
}

/** One of those who have a protocol open. */
class ProtocolUser implements Channel {
  readonly #protocol: Protocol
  closed = false

  constructor(
    protocol: Protocol,
    readonly events: ChannelEvents
  ) {
    this.#protocol = protocol
  }

  get remoteOpen(): boolean {
    return this.#protocol.remoteOpen
  }

  send(frame: Buffer): void {
    if (!this.closed) this.#protocol.send(frame)
  }

  close(): void {
    if (this.closed) return
    this.closed = true
    this.#protocol.release(this)
  }
}
