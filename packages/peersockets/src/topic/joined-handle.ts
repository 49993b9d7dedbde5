import { contain } from '../contain.js'
import { PeersocketsError, reasonOf } from '../errors.js'
import type { Peer } from '../plugin.js'
import type { TopicHandle } from './handle.js'
import { Inbox, type Received } from './inbox.js'
import type { Callbacks, JoinOptions } from './join-options.js'

/** The topic a handle belongs to. */
export interface HandleOwner<In, Out> {
  readonly name: string
  readonly peers: ReadonlySet<Peer>
  /** How much a `for await` loop may leave lying, in bytes. */
  readonly maxInboxBytes: number
  send(message: In, peer: Peer | Uint8Array | string): boolean
  broadcast(message: In, except: Iterable<Peer> | undefined): number
  drained(peer: Peer | Uint8Array | string): Promise<void>
  flush(): void
  release(handle: JoinedHandle<In, Out>): void
  report(error: PeersocketsError, peer: Peer): void
  /** A failure of the app in which no peer has a part. */
  complain(error: PeersocketsError): void
}

/** A handle at work. */
export class JoinedHandle<In, Out> implements TopicHandle<In, Out> {
  readonly #owner: HandleOwner<In, Out>
  /** As they were when the topic was joined; with the options as `this`. */
  readonly #callbacks: Callbacks<Out>
  readonly #options: JoinOptions<Out>
  readonly #inboxes = new Set<Inbox<Out>>()
  /** Whom `onpeerjoin` was called for, and `onpeerleave` not yet. */
  readonly #greeted = new Set<Peer>()
  readonly #onabort = () => this.close()
  #closed = false

  constructor(owner: HandleOwner<In, Out>, options: JoinOptions<Out>) {
    this.#owner = owner
    this.#options = options
    const { onmessage, onclose, onpeerjoin, onpeerleave, onreject } = options
    this.#callbacks = { onmessage, onclose, onpeerjoin, onpeerleave, onreject }
    options.signal?.addEventListener('abort', this.#onabort, { once: true })
    // Later, so that the app holds the handle when it hears of the peers that are there already.
    if (owner.peers.size > 0) {
      queueMicrotask(() => {
        for (const peer of owner.peers) this.onpeerjoin(peer)
      })
    }
  }

  get name(): string {
    return this.#owner.name
  }

  get peers(): ReadonlySet<Peer> {
    return this.#owner.peers
  }

  /** Whether messages may wait here for a `for await` loop. */
  get collecting(): boolean {
    return this.#inboxes.size > 0
  }

  send(message: In, peer: Peer | Uint8Array | string): boolean {
    this.#assertOpen()
    return this.#owner.send(message, peer)
  }

  broadcast(message: In, options: { except?: Iterable<Peer> } = {}): number {
    this.#assertOpen()
    return this.#owner.broadcast(message, options.except)
  }

  async drained(peer: Peer | Uint8Array | string): Promise<void> {
    this.#assertOpen()
    await this.#owner.drained(peer)
  }

  flush(): void {
    this.#assertOpen()
    this.#owner.flush()
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#options.signal?.removeEventListener('abort', this.#onabort)
    for (const inbox of this.#inboxes) inbox.close()
    this.#inboxes.clear()
    this.#greeted.clear()
    this.#owner.release(this)
    const { onclose } = this.#callbacks
    if (onclose === undefined) return
    contain(
      () => onclose.call(this.#options),
      cause => this.#owner.complain(this.#failure('onclose', cause))
    )
  }

  [Symbol.asyncIterator](): AsyncIterator<Received<Out>, undefined> {
    const inbox: Inbox<Out> = new Inbox(this.#owner.maxInboxBytes, () => this.#inboxes.delete(inbox))
    if (this.#closed) inbox.close()
    else this.#inboxes.add(inbox)
    return inbox
  }

  /** A message of `length` bytes for this topic. */
  onmessage(message: Out, peer: Peer, length: number): void {
    if (this.#closed) return
    const { onmessage } = this.#callbacks
    if (onmessage !== undefined)
      this.#call('onmessage', peer, () => onmessage.call(this.#options, message, peer))
    for (const inbox of this.#inboxes) {
      if (inbox.push({ message, peer }, length)) continue
      const text =
        'A for await loop over this topic cannot keep up: a message was dropped. Take messages faster, or use onmessage.'
      this.#owner.report(new PeersocketsError('ERR_RECEIVER_CONGESTED', text, { topic: this.name }), peer)
    }
  }

  onpeerjoin(peer: Peer): void {
    if (this.#closed || this.#greeted.has(peer)) return
    this.#greeted.add(peer)
    this.#call('onpeerjoin', peer, () => this.#callbacks.onpeerjoin?.call(this.#options, peer))
  }

  onpeerleave(peer: Peer): void {
    if (this.#greeted.delete(peer))
      this.#call('onpeerleave', peer, () => this.#callbacks.onpeerleave?.call(this.#options, peer))
  }

  /** Whether the app listens; what its listener throws goes to `onfailure`. */
  onreject(error: PeersocketsError, peer: Peer, onfailure: (cause: unknown) => void): boolean {
    const { onreject } = this.#callbacks
    if (onreject === undefined) return false
    contain(() => onreject.call(this.#options, error, peer), onfailure)
    return true
  }

  #call(name: string, peer: Peer, callback: () => unknown): void {
    contain(callback, cause => this.#owner.report(this.#failure(name, cause), peer))
  }

  #failure(name: string, cause: unknown): PeersocketsError {
    const text = `${name} of topic ${this.name} failed: ${reasonOf(cause)}`
    return new PeersocketsError('ERR_HANDLER_FAILED', text, { topic: this.name, cause })
  }

  #assertOpen(): void {
    if (!this.#closed) return
    throw new PeersocketsError(
      'ERR_CLOSED',
      `This handle of topic ${this.name} is closed: join the topic again.`,
      {
        topic: this.name
      }
    )
  }
}
