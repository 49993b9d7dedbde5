import { callSafely } from './call-safely.js'
import { PeersocketsError, reasonOf } from './errors.js'
import type { Peer } from './plugin.js'

/** Hears of a rejection; gives whether it listens at all. */
export interface RejectHearer<P extends Peer> {
  onreject(error: PeersocketsError, peer: P, onfailure: (cause: unknown) => void): boolean
}

/** Something that was dropped or failed. */
export interface Report {
  readonly code: string
  readonly message: string
  readonly topic: string | undefined
  /** The peer's public key in hex; undefined if no peer has a part in it. */
  readonly key: string | undefined
}

const MAX_LATEST = 20

/** What was dropped or failed: counted, told to those who listen, and printed once for each code if nobody does. */
export class Reports {
  readonly counts: Record<string, number> = {}
  /** The newest last. */
  readonly latest: Report[] = []
  readonly #printed = new Set<string>()

  /** Tells everybody in `hearers`. A listener that throws is no reason not to tell the next. */
  tell<P extends Peer>(error: PeersocketsError, peer: P, hearers: Iterable<RejectHearer<P>>): void {
    this.#note(error, peer.remotePublicKey.toString('hex'))
    let heard = false
    const onfailure = (cause: unknown): void => this.#onlistenerfailure(cause)
    for (const hearer of hearers) heard = hearer.onreject(error, peer, onfailure) || heard
    if (!heard) this.#print(error)
  }

  /** The app failed where no peer is concerned. */
  complain(error: PeersocketsError): void {
    this.#note(error, undefined)
    this.#print(error)
  }

  #onlistenerfailure(cause: unknown): void {
    const text = `A reject listener failed: ${reasonOf(cause)}`
    this.complain(new PeersocketsError('ERR_HANDLER_FAILED', text, { cause }))
  }

  /** Nobody else hears of it. Once a code, because a peer may decide how often it happens. */
  #print(error: PeersocketsError): void {
    const { code } = error
    if (this.#printed.has(code)) return
    this.#printed.add(code)
    // What an app has thrown is printed with it, in the way that it asks for, which may fail as well; of anything else, neither
    // stack nor cause helps.
    callSafely(
      () => {
        if (code === 'ERR_HANDLER_FAILED') console.error(error)
        else
          console.error(
            `peersockets: ${code}: ${error.message} (Printed once. Listen with onreject to hear all.)`
          )
      },
      () => console.error(error.message)
    )
  }

  #note({ code, message, topic }: PeersocketsError, key: string | undefined): void {
    this.counts[code] = (this.counts[code] ?? 0) + 1
    this.latest.push({ code, message, topic, key })
    if (this.latest.length > MAX_LATEST) this.latest.shift()
  }
}
