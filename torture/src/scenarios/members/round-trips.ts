import type { Peer, TopicHandle } from 'peersockets'

/** One message goes to a peer and back, again and again; told apart by their numbers. */
export class RoundTrips {
  #sent = 0
  #done = 0
  #going = false
  readonly #send: (n: number) => void
  readonly #fault: (what: string) => void

  constructor(send: (n: number) => void, fault: (what: string) => void) {
    this.#send = send
    this.#fault = fault
  }

  get done(): number {
    return this.#done
  }

  /** Whether all that was sent has come back. */
  get home(): boolean {
    return this.#sent === this.#done
  }

  start(): void {
    this.#going = true
    this.#next()
  }

  stop(): void {
    this.#going = false
  }

  /** A number has come back. */
  onecho(n: number): void {
    if (n !== this.#done) this.#fault(`Instead of number ${this.#done} came ${n}.`)
    this.#done++
    if (this.#going) this.#next()
  }

  #next(): void {
    this.#send(this.#sent++)
  }
}

/** Sends back what comes from `key`. */
export function echo<T>(room: () => TopicHandle<T>, key: Buffer): (message: T, peer: Peer) => void {
  return (message, peer) => {
    if (peer.remotePublicKey.equals(key)) room().send(message, peer)
  }
}
