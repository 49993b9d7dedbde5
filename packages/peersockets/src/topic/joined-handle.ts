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
  /** Those in {@link peers} now. */
  present(): Peer[]
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

const NONE: readonly never[] = []

/** A handle at work. */
export class JoinedHandle<In, Out> implements TopicHandle<In, Out> {
  readonly #owner: HandleOwner<In, Out>
  /** As they were when the topic was joined; with the options as `this`. */
  readonly #callbacks: Callbacks<Out>
  readonly #options: JoinOptions<Out>
  // Replaced, never changed in place.
  #inboxes: readonly Inbox<Out>[] = NONE
  /** Who was there before us, and is to be told of as soon as the app holds the handle. */
  #ungreeted: Set<Peer> | undefined
  #onabort: (() => void) | undefined
  #closed = false

  constructor(owner: HandleOwner<In, Out>, options: JoinOptions<Out>) {
    this.#owner = owner
    this.#options = options
    const { onmessage, onclose, onpeerjoin, onpeerleave, onreject } = options
    this.#callbacks = { onmessage, onclose, onpeerjoin, onpeerleave, onreject }
    if (options.signal !== undefined) {
      this.#onabort = () => this.close()
      options.signal.addEventListener('abort', this.#onabort, { once: true })
    }
    const present = owner.present()
    if (present.length > 0) {
      this.#ungreeted = new Set(present)
      queueMicrotask(() => this.#greet())
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
    return this.#inboxes.length > 0
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
    if (this.#onabort !== undefined) this.#options.signal?.removeEventListener('abort', this.#onabort)
    for (const inbox of this.#inboxes) inbox.close()
    this.#inboxes = NONE
    this.#ungreeted = undefined
    this.#owner.release(this)
    const { onclose } = this.#callbacks
    if (onclose === undefined) return
    contain(
      () => onclose.call(this.#options),
      cause => this.#owner.complain(this.#failure('onclose', cause))
    )
  }

  [Symbol.asyncIterator](): AsyncIterator<Received<Out>, undefined> {
    const inbox: Inbox<Out> = new Inbox(this.#owner.maxInboxBytes, () => {
      this.#inboxes = this.#inboxes.filter(other => other !== inbox)
    })
    if (this.#closed) inbox.close()
    else this.#inboxes = this.#inboxes.concat(inbox)
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
    if (this.#closed) return
    this.#ungreeted?.delete(peer)
    const { onpeerjoin } = this.#callbacks
    if (onpeerjoin !== undefined) this.#call('onpeerjoin', peer, () => onpeerjoin.call(this.#options, peer))
  }

  onpeerleave(peer: Peer): void {
    if (this.#closed || this.#ungreeted?.delete(peer)) return
    const { onpeerleave } = this.#callbacks
    if (onpeerleave !== undefined)
      this.#call('onpeerleave', peer, () => onpeerleave.call(this.#options, peer))
  }

  /** Whether the app listens; what its listener throws goes to `onfailure`. */
  onreject(error: PeersocketsError, peer: Peer, onfailure: (cause: unknown) => void): boolean {
    const { onreject } = this.#callbacks
    if (onreject === undefined) return false
    contain(() => onreject.call(this.#options, error, peer), onfailure)
    return true
  }

  #greet(): void {
    for (const peer of this.#ungreeted ?? NONE) this.onpeerjoin(peer)
    this.#ungreeted = undefined
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
