import { setTimeout } from 'node:timers/promises'
import type { Channel, ChannelEvents } from 'peersockets/plugin'
import type { Flaw } from './flaws.fixture.js'

export const MAX_FRAME_BYTES = 2_000_000

type Sent =
  | { readonly kind: 'frame'; readonly protocol: string; readonly frame: Buffer }
  | { readonly kind: 'open' | 'close'; readonly protocol: string }

/** The network that a plug is in. */
export interface Socket {
  readonly publicKey: Buffer
  readonly cable: { readonly stalled: boolean }
  onend(plug: Plug): void
  onerror(): void
}

/** Hears how a flush has ended. */
interface Flushing {
  resolve(flushed: boolean): void
  reject(error: Error): void
}

/** One end of a cable, as its network sees it. */
export class Plug {
  readonly users = new Map<string, Wired[]>()
  readonly remote = new Set<string>()
  readonly announced = new Set<string>()
  readonly waiting: (() => void)[] = []
  readonly frozen = Object.freeze({})
  other: Plug | undefined
  queuedBytes = 0
  alive = true
  #queue: Sent[] = []
  #flushing: Flushing[] = []
  #listener: ((protocol: string) => void) | undefined
  readonly #told = new Set<string>()
  readonly #inbox = Buffer.alloc(MAX_FRAME_BYTES)

  constructor(
    readonly flaws: ReadonlySet<Flaw>,
    readonly network: Socket,
    readonly secret: Buffer,
    readonly remotePublicKey: Buffer
  ) {}

  put(sent: Sent): void {
    if (!this.alive) return
    this.#queue.push(sent)
    if (sent.kind === 'frame') this.queuedBytes += sent.frame.length
    setImmediate(() => this.deliver())
  }

  deliver(): void {
    if (!this.alive || this.network.cable.stalled || this.#queue.length === 0) return
    const queue = this.#queue
    this.#queue = []
    const emptied = () => {
      this.queuedBytes = 0
    }
    if (this.flaws.has('counts behind its flush')) setImmediate(emptied)
    else emptied()
    if (this.flaws.has('turns frames round') && queue.length > 1) queue.reverse()
    for (const sent of queue) this.other?.take(sent)
    for (const { resolve } of this.#flushing.splice(0))
      resolve(!this.flaws.has('says false of what was flushed'))
    this.wake()
  }

  flush(): Promise<boolean> {
    const { flaws, alive } = this
    if (flaws.has('never flushes')) return new Promise(() => undefined)
    if (!alive) return Promise.resolve(flaws.has('says true after the end'))
    if (flaws.has('flushes after a while')) return setTimeout(20, true)
    if (flaws.has('flushes at once') || this.#queue.length === 0) return Promise.resolve(true)
    return new Promise((resolve, reject) => this.#flushing.push({ resolve, reject }))
  }

  hear(listener: (protocol: string) => void): void {
    this.#listener = listener
    if (this.flaws.has('forgets what was announced')) return
    queueMicrotask(() => {
      for (const protocol of this.remote) this.#tell(protocol)
    })
  }

  #tell(protocol: string): void {
    const { flaws } = this
    if (this.#listener === undefined) return
    if (flaws.has('tells of what is open here alone') && !this.users.has(protocol)) return
    if (flaws.has('tells of each protocol once') && this.#told.has(protocol)) return
    this.#told.add(protocol)
    this.#listener(protocol)
    if (flaws.has('tells of protocols by other names')) this.#listener(protocol.toLowerCase())
  }

  wake(): void {
    for (const wake of this.waiting.splice(0)) wake()
  }

  take(sent: Sent): void {
    const users = this.users.get(sent.protocol) ?? []
    if (sent.kind === 'frame') {
      const heard = this.flaws.has('hears the first user alone') ? users.slice(0, 1) : users
      for (const user of heard) user.events.onmessage(this.#delivered(sent.frame))
      return
    }
    if (sent.kind === 'open') {
      this.remote.add(sent.protocol)
      this.#tell(sent.protocol)
    } else this.remote.delete(sent.protocol)
    for (const user of users) {
      if (sent.kind === 'open') user.events.onopen?.()
      else if (!this.flaws.has('does not tell of closing')) user.events.onclose?.()
    }
  }

  #delivered(frame: Buffer): Buffer {
    if (!this.flaws.has('delivers in one buffer')) return frame
    frame.copy(this.#inbox)
    return this.#inbox.subarray(0, frame.length)
  }

  end(): void {
    if (!this.alive) return
    this.alive = false
    this.network.onend(this)
    if (!this.flaws.has('forgets who waits at the end')) this.wake()
    if (this.flaws.has('forgets who flushes at the end')) return
    for (const { resolve, reject } of this.#flushing.splice(0)) {
      if (this.flaws.has('rejects a flush at the end')) reject(new Error('the end'))
      else resolve(this.flaws.has('says true at the end'))
    }
  }
}

/** A channel on a plug. */
export class Wired implements Channel {
  #open = true

  constructor(
    readonly plug: Plug,
    readonly protocol: string,
    readonly events: ChannelEvents
  ) {
    const users = plug.users.get(protocol) ?? []
    plug.users.set(protocol, [...users, this])
    const again = plug.announced.has(protocol) && plug.flaws.has('announces once')
    if (users.length === 0 && !again) plug.put({ kind: 'open', protocol })
    plug.announced.add(protocol)
    if (plug.flaws.has('opens too early') && plug.remote.has(protocol)) events.onopen?.()
  }

  /** Whether anybody at this end has the protocol open. */
  get #shared(): boolean {
    return (this.plug.users.get(this.protocol) ?? []).length > 0
  }

  get remoteOpen(): boolean {
    return this.plug.remote.has(this.protocol)
  }

  send(frame: Buffer): void {
    const { flaws } = this.plug
    if (flaws.has('throws when gone') && !this.plug.alive) throw new Error('gone')
    if (flaws.has('throws after closing') && !this.#open && !this.#shared) throw new TypeError('no extension')
    if (!this.#open && !flaws.has('sends after closing')) return
    if (flaws.has('loses empty frames') && frame.length === 0) return
    const whole = flaws.has('cuts large frames') ? frame.subarray(0, 1_000_000) : frame
    const borrowed = flaws.has('does not copy') || (flaws.has('does not copy what waits') && !this.remoteOpen)
    const copied = borrowed ? whole : Buffer.from(whole)
    this.plug.put({ kind: 'frame', protocol: this.protocol, frame: copied })
  }

  close(): void {
    if (!this.#open) return
    this.#open = false
    const { plug, protocol } = this
    const users = (plug.users.get(protocol) ?? []).filter(user => user !== this)
    if (!plug.flaws.has('hears after closing')) plug.users.set(protocol, users)
    if (users.length === 0 || plug.flaws.has('closes for all users')) plug.put({ kind: 'close', protocol })
  }
}
