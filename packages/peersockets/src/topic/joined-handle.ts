import { callSafely } from '../call-safely.js'
import { endsWithin, timeoutOf } from '../deadline.js'
import { PeersocketsError, reasonOf } from '../errors.js'
import { checkOptions } from '../options.js'
import type { Peer } from '../plugin.js'
import { onabort } from './abort.js'
import type { Sendable } from './definition.js'
import type { CloseOptions, PeerId, TopicHandle } from './handle.js'
import { Inbox, type Received } from './inbox.js'
import type { Callbacks, JoinOptions } from './join-options.js'
import type { JoinedTopic, TopicListener } from './joined-topic.js'

const NONE: readonly never[] = []

/** A handle at work. */
export class JoinedHandle<Message, P extends Peer>
  implements TopicHandle<Message, P>, TopicListener<Message, P>
{
  readonly #joined: JoinedTopic<Message, P>
  /** As they were when the topic was joined; with the options as `this`. */
  readonly #callbacks: Callbacks<Message, P>
  readonly #options: JoinOptions<Message, P>
  // Replaced, never changed in place.
  #inboxes: readonly Inbox<Message, P>[] = NONE
  /** Peers that were there before us, and are told of as soon as the app holds the handle. */
  #ungreeted: Set<P> | undefined
  readonly #forgetSignal: (() => void) | undefined
  #hasSent = false
  #closed = false
  #closing: Promise<void> | undefined

  constructor(joined: JoinedTopic<Message, P>, options: JoinOptions<Message, P>) {
    this.#joined = joined
    this.#options = options
    const { onmessage, onclose, onpeerjoin, onpeerleave, onreject, signal } = options
    this.#callbacks = { onmessage, onclose, onpeerjoin, onpeerleave, onreject }
    if (signal !== undefined && !signal.aborted) this.#forgetSignal = onabort(signal, () => void this.close())
    joined.add(this)
    const present = joined.present()
    if (present.length > 0) {
      this.#ungreeted = new Set(present)
      queueMicrotask(() => this.#greet())
    }
  }

  get name(): string {
    return this.#joined.name
  }

  get peers(): ReadonlySet<P> {
    return this.#joined.peers
  }

  /** Whether it has sent anything. */
  get hasSent(): boolean {
    return this.#hasSent
  }

  /** Whether a message for it goes anywhere. */
  get listening(): boolean {
    return !this.#closed && (this.#callbacks.onmessage !== undefined || this.#inboxes.length > 0)
  }

  send(message: Sendable<Message>, peer: PeerId): boolean {
    this.#assertOpen()
    this.#hasSent = true
    return this.#joined.send(message, peer)
  }

  broadcast(message: Sendable<Message>, options: { except?: PeerId | Iterable<PeerId> } = {}): number {
    this.#assertOpen()
    this.#hasSent = true
    checkOptions('broadcast(message, options)', options, ['except'])
    return this.#joined.broadcast(message, options.except)
  }

  // Not one optional peer: a peer that could not be found, and is undefined, must not be all of them.
  async drained(...peers: readonly PeerId[]): Promise<void> {
    this.#assertOpen()
    await this.#joined.drained(peers)
  }

  flush(): void {
    this.#assertOpen()
    this.#joined.flush()
  }

  async close(options: CloseOptions = {}): Promise<void> {
    const timeout = timeoutOf('close(options)', options)
    if (this.#closed) {
      if (this.#closing !== undefined) await endsWithin(this.#closing, timeout)
      return
    }
    this.#closing = this.#close(timeout)
    await this.#closing
  }

  async #close(timeout: number): Promise<void> {
    this.#closed = true
    this.#forgetSignal?.()
    for (const inbox of this.#inboxes) inbox.close()
    this.#inboxes = NONE
    this.#ungreeted = undefined
    const released = this.#joined.release(this, timeout)
    const { onclose } = this.#callbacks
    if (onclose !== undefined)
      callSafely(
        () => onclose.call(this.#options),
        cause => this.#joined.complain(this.#failure('onclose', cause))
      )
    await released
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  [Symbol.asyncIterator](): AsyncIterator<Received<Message, P>, undefined> {
    const inbox: Inbox<Message, P> = new Inbox(this.#joined.maxInboxBytes, left => {
      this.#inboxes = this.#inboxes.filter(other => other !== inbox)
      this.#reportLeft(left)
    })
    if (this.#closed) inbox.close()
    else this.#inboxes = this.#inboxes.concat(inbox)
    return inbox
  }

  /** A message of `length` bytes for this topic. */
  onmessage(message: Message, peer: P, length: number): void {
    if (this.#closed) return
    const { onmessage } = this.#callbacks
    if (onmessage !== undefined)
      this.#call('onmessage', peer, () => onmessage.call(this.#options, message, peer))
    for (const inbox of this.#inboxes) {
      if (inbox.push({ message, peer }, length)) continue
      const text =
        'A for await loop over this topic cannot keep up: a message was dropped. Take messages faster, or use onmessage.'
      this.#joined.report(new PeersocketsError('ERR_RECEIVER_CONGESTED', text, { topic: this.name }), peer)
    }
  }

  onpeerjoin(peer: P): void {
    if (this.#closed) return
    this.#ungreeted?.delete(peer)
    const { onpeerjoin } = this.#callbacks
    if (onpeerjoin !== undefined) this.#call('onpeerjoin', peer, () => onpeerjoin.call(this.#options, peer))
  }

  onpeerleave(peer: P): void {
    if (this.#closed || this.#ungreeted?.delete(peer)) return
    const { onpeerleave } = this.#callbacks
    if (onpeerleave !== undefined)
      this.#call('onpeerleave', peer, () => onpeerleave.call(this.#options, peer))
  }

  /** Whether the app listens; what its listener throws goes to `onfailure`. */
  onreject(error: PeersocketsError, peer: P, onfailure: (cause: unknown) => void): boolean {
    const { onreject } = this.#callbacks
    if (onreject === undefined || this.#closed) return false
    callSafely(() => onreject.call(this.#options, error, peer), onfailure)
    return true
  }

  #greet(): void {
    for (const peer of this.#ungreeted ?? NONE) this.onpeerjoin(peer)
    this.#ungreeted = undefined
  }

  #reportLeft(left: readonly Received<Message, P>[]): void {
    const counts = new Map<P, number>()
    for (const { peer } of left) counts.set(peer, (counts.get(peer) ?? 0) + 1)
    for (const [peer, count] of counts) {
      const text = `A for await loop over topic ${this.name} was left while ${count} messages of this peer waited in it: they were dropped. Use onmessage, or one loop to the end.`
      this.#joined.report(new PeersocketsError('ERR_CLOSED', text, { topic: this.name }), peer)
    }
  }

  #call(name: string, peer: P, callback: () => unknown): void {
    callSafely(callback, cause => this.#joined.report(this.#failure(name, cause), peer))
  }

  #failure(name: string, cause: unknown): PeersocketsError {
    const text = `${name} of topic ${this.name} failed: ${reasonOf(cause)}`
    return new PeersocketsError('ERR_HANDLER_FAILED', text, { topic: this.name, cause })
  }

  #assertOpen(): void {
    if (!this.#closed) return
    const text = `This handle of topic ${this.name} is closed: join the topic again.`
    throw new PeersocketsError('ERR_CLOSED', text, { topic: this.name })
  }
}
