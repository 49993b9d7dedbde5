import { createHmac, randomBytes } from 'node:crypto'
import type { Channel, ChannelEvents, Connection, Transport, TransportEvents } from 'peersockets/plugin'
import type { TransportEnd, TransportPair } from '../transport/subject.js'

/** Ways in which a transport can be wrong. */
export type Flaw =
  | 'is made for version 2'
  | 'reports twice'
  | 'misses what was there before'
  | 'does not report the end'
  | 'swaps the keys'
  | 'finds peers by their key'
  | 'has an identity for each transport'
  | 'keeps its identity'
  | 'destroys one side alone'
  | 'reports after stop'
  | 'closes channels at stop'
  | 'leaves listeners'
  | 'exports keys uncrossed'
  | 'exports one key for all labels'
  | 'exports one key for all connections'
  | 'exports the same buffers'
  | 'turns frames round'
  | 'delivers in one buffer'
  | 'loses empty frames'
  | 'cuts large frames'
  | 'does not copy'
  | 'does not copy what waits'
  | 'announces once'
  | 'opens too early'
  | 'does not tell of closing'
  | 'mixes protocols'
  | 'closes for all users'
  | 'hears the first user alone'
  | 'hears after closing'
  | 'sends after closing'
  | 'throws after closing'
  | 'counts nothing'
  | 'never drains'
  | 'drains at once'
  | 'forgets who waits at the end'
  | 'throws when gone'

const MAX_FRAME_BYTES = 2_000_000

type Sent =
  | { readonly kind: 'frame'; readonly protocol: string; readonly frame: Buffer }
  | { readonly kind: 'open' | 'close'; readonly protocol: string }

/** One end of a cable, as its network sees it. */
class Plug {
  readonly users = new Map<string, Wired[]>()
  readonly remote = new Set<string>()
  readonly announced = new Set<string>()
  readonly waiting: (() => void)[] = []
  other: Plug | undefined
  queue: Sent[] = []
  queuedBytes = 0
  alive = true
  readonly #inbox = Buffer.alloc(MAX_FRAME_BYTES)

  constructor(
    readonly flaws: ReadonlySet<Flaw>,
    readonly network: MemoryEnd,
    readonly secret: Buffer,
    readonly remotePublicKey: Buffer
  ) {}

  put(sent: Sent): void {
    if (!this.alive) return
    this.queue.push(sent)
    if (sent.kind === 'frame') this.queuedBytes += sent.frame.length
    setImmediate(() => this.flush())
  }

  flush(): void {
    if (this.network.cable.stalled || this.queue.length === 0) return
    const queue = this.queue
    this.queue = []
    this.queuedBytes = 0
    if (this.flaws.has('turns frames round') && queue.length > 1) queue.reverse()
    for (const sent of queue) this.other?.take(sent)
    this.wake()
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
    if (sent.kind === 'open') this.remote.add(sent.protocol)
    else this.remote.delete(sent.protocol)
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
  }
}

/** A channel on a plug. */
class Wired implements Channel {
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

/** A plug, as a transport gives it. */
class MemoryConnection implements Connection {
  readonly maxFrameBytes = MAX_FRAME_BYTES
  readonly authenticated = true
  readonly peer: { readonly remotePublicKey: Buffer }
  readonly localPublicKey: Buffer
  readonly remotePublicKey: Buffer
  readonly identity: object
  readonly #exported = new Map<string, { send: Buffer; receive: Buffer }>()

  constructor(
    readonly plug: Plug,
    peer: { readonly remotePublicKey: Buffer }
  ) {
    const { flaws, network } = plug
    const keys = [network.publicKey, plug.remotePublicKey] as const
    this.peer = peer
    this.localPublicKey = flaws.has('swaps the keys') ? keys[1] : keys[0]
    this.remotePublicKey = flaws.has('swaps the keys') ? keys[0] : keys[1]
    const shared = flaws.has('keeps its identity') ? network : plug
    this.identity = flaws.has('has an identity for each transport') ? {} : shared
  }

  get queuedBytes(): number {
    return this.plug.flaws.has('counts nothing') ? 0 : this.plug.queuedBytes
  }

  open(protocol: string, events: ChannelEvents): Channel {
    const { flaws } = this.plug
    return new Wired(
      this.plug,
      flaws.has('mixes protocols') ? protocol.toLowerCase().trim() : protocol,
      events
    )
  }

  exportKey(label: string): { send: Buffer; receive: Buffer } {
    const { flaws, network, secret, remotePublicKey } = this.plug
    const known = this.#exported.get(label)
    if (known !== undefined && flaws.has('exports the same buffers')) return known
    const basis = flaws.has('exports one key for all connections') ? Buffer.from('cable') : secret
    const of = (sender: Buffer) =>
      createHmac('sha256', basis)
        .update(sender)
        .update(flaws.has('exports one key for all labels') ? '' : label)
        .digest()
    const uncrossed = flaws.has('exports keys uncrossed')
    const first = uncrossed ? Buffer.alloc(32, 1) : network.publicKey
    const exported = { send: of(first), receive: of(uncrossed ? Buffer.alloc(32, 2) : remotePublicKey) }
    this.#exported.set(label, exported)
    return exported
  }

  ondrain(callback: () => void): void {
    const { flaws, alive, waiting } = this.plug
    if (flaws.has('never drains')) return
    if (flaws.has('drains at once')) callback()
    else if (alive) waiting.push(callback)
    else if (!flaws.has('forgets who waits at the end')) setImmediate(callback)
  }

  destroy(): void {
    const { other, flaws } = this.plug
    this.plug.end()
    if (!flaws.has('destroys one side alone')) setImmediate(() => other?.end())
  }
}

/** One peer's network: a cable that is plugged in or not. */
class MemoryEnd implements TransportEnd {
  readonly publicKey = randomBytes(32)
  readonly listening = new Set<MemoryTransport>()
  plug: Plug | undefined
  peer: { readonly remotePublicKey: Buffer } = { remotePublicKey: this.publicKey }

  constructor(
    readonly flaws: ReadonlySet<Flaw>,
    readonly cable: { stalled: boolean }
  ) {}

  create(): Transport {
    return new MemoryTransport(this)
  }

  listeners(): number {
    return this.listening.size
  }

  onplug(plug: Plug): void {
    this.plug = plug
    this.peer = { remotePublicKey: plug.remotePublicKey }
    for (const transport of this.listening) transport.onplug(plug)
  }

  onend(plug: Plug): void {
    this.plug = undefined
    for (const transport of this.listening) transport.onend(plug)
  }
}

class MemoryTransport implements Transport {
  readonly contract: 1
  readonly #end: MemoryEnd
  readonly #connections = new Map<Plug, MemoryConnection>()
  #events: TransportEvents | undefined

  constructor(end: MemoryEnd) {
    this.#end = end
    // What a transport of another release declares, and no type of this one allows.
    this.contract = end.flaws.has('is made for version 2') ? Object(2).valueOf() : 1
  }

  start(events: TransportEvents): void {
    this.#events = events
    this.#end.listening.add(this)
    const { plug, flaws } = this.#end
    if (plug !== undefined && !flaws.has('misses what was there before')) this.onplug(plug)
  }

  stop(): void {
    const { flaws } = this.#end
    if (flaws.has('closes channels at stop')) {
      for (const { plug } of this.#connections.values())
        for (const users of plug.users.values()) for (const user of users) user.close()
    }
    if (flaws.has('reports after stop')) return
    if (!flaws.has('leaves listeners')) this.#end.listening.delete(this)
    this.#events = undefined
  }

  connectionOf(peer: { readonly remotePublicKey: Buffer }): Connection | undefined {
    const { plug, flaws } = this.#end
    const connection = plug && this.#connections.get(plug)
    if (flaws.has('finds peers by their key')) {
      return connection?.remotePublicKey.equals(peer.remotePublicKey) ? connection : undefined
    }
    return connection?.peer === peer ? connection : undefined
  }

  onplug(plug: Plug): void {
    const connection = new MemoryConnection(plug, this.#end.peer)
    this.#connections.set(plug, connection)
    this.#events?.onconnection(connection)
    if (this.#end.flaws.has('reports twice')) setImmediate(() => this.#events?.onconnection(connection))
  }

  onend(plug: Plug): void {
    const connection = this.#connections.get(plug)
    this.#connections.delete(plug)
    if (connection !== undefined && !this.#end.flaws.has('does not report the end'))
      this.#events?.onclose(connection)
  }
}

/** Two peers in one process, joined by a cable: a transport that does everything right, but for its flaws. */
export function cabled(...list: readonly Flaw[]): TransportPair {
  const flaws = new Set(list)
  const cable = { stalled: false }
  const [alice, bob] = [new MemoryEnd(flaws, cable), new MemoryEnd(flaws, cable)]
  const connect = () => {
    const secret = randomBytes(32)
    const [near, far] = [
      new Plug(flaws, alice, secret, bob.publicKey),
      new Plug(flaws, bob, secret, alice.publicKey)
    ]
    near.other = far
    far.other = near
    alice.onplug(near)
    bob.onplug(far)
  }
  const disconnect = () => {
    cable.stalled = false
    alice.plug?.end()
    bob.plug?.end()
  }
  connect()
  return {
    alice,
    bob,
    async connect() {
      connect()
    },
    async disconnect() {
      disconnect()
    },
    stall() {
      cable.stalled = true
    },
    resume() {
      cable.stalled = false
      alice.plug?.flush()
      bob.plug?.flush()
    },
    async close() {
      disconnect()
    }
  }
}
