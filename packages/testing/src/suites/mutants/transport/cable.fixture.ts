import { createHmac, randomBytes } from 'node:crypto'
import type {
  Channel,
  ChannelEvents,
  Connection,
  ContractVersion,
  Transport,
  TransportEvents
} from 'peersockets/plugin'
import type { TransportEnd, TransportPair } from '../../transport/subject.js'
import type { Flaw } from './flaws.fixture.js'
import { MAX_FRAME_BYTES, Plug, type Socket, Wired } from './plug.fixture.js'

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
    if (flaws.has('has an identity for each transport')) this.identity = {}
    else if (flaws.has('has an identity that takes nothing')) this.identity = plug.frozen
    else this.identity = flaws.has('keeps its identity') ? network : plug
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

  flush(): Promise<boolean> {
    return this.plug.flush()
  }

  onannounce(listener: (protocol: string) => void): void {
    this.plug.hear(listener)
  }

  destroy(): void {
    const { other, flaws, network } = this.plug
    if (flaws.has('raises an error when destroyed')) network.onerror()
    this.plug.end()
    if (!flaws.has('destroys one side alone')) setImmediate(() => other?.end())
  }
}

/** One peer's network: a cable that is plugged in or not. */
class MemoryEnd implements TransportEnd, Socket {
  readonly publicKey = randomBytes(32)
  readonly listening = new Set<MemoryTransport>()
  plug: Plug | undefined
  #errors = 0
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

  errors(): number {
    return this.#errors
  }

  onerror(): void {
    this.#errors++
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
  readonly contract: ContractVersion
  readonly #end: MemoryEnd
  readonly #connections = new Map<Plug, MemoryConnection>()
  #events: TransportEvents | undefined

  constructor(end: MemoryEnd) {
    this.#end = end
    // What a transport of another release declares, and no type of this one allows.
    this.contract = end.flaws.has('is made for version 1') ? Object(1).valueOf() : 2
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
      alice.plug?.deliver()
      bob.plug?.deliver()
    },
    async close() {
      disconnect()
    }
  }
}
