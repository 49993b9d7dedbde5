import { blake2b } from '@noble/hashes/blake2.js'
import { randomBytes } from '@noble/hashes/utils.js'
import { EventEmitter } from 'events'

// What the tests of the core take from `@peersockets/testing`, without Node: streams that pass messages to each other in
// the form of hypercore-protocol, with no encryption, and hand them over in microtasks.

const EXTENSION = 15

class Extension {
  id = -1

  constructor(
    readonly stream: PortableStream,
    readonly name: string,
    readonly handlers: { onmessage(message: Buffer): void }
  ) {}

  send(message: Uint8Array | string): boolean {
    this.stream.announce()
    return this.stream.state.extension(0, this.id, Buffer.from(message as Uint8Array))
  }

  destroy(): void {
    this.stream.extensions._remove(this)
  }
}

class Extensions {
  messages: Extension[] = []
  changes = 0
  exclusive = true

  names(): string[] {
    return this.messages.map(({ name }) => name)
  }

  add(extension: Extension): void {
    this.messages.push(extension)
    this.messages.sort((one, other) => (one.name < other.name ? -1 : 1))
    for (const [id, message] of this.messages.entries()) message.id = id
    this.changes++
  }

  _remove(_extension: Extension): void {
    throw new Error('The transport takes this over.')
  }
}

class PortableStream extends EventEmitter {
  readonly extensions = new Extensions()
  readonly remoteExtensions: { names: readonly string[] | null } = { names: null }
  readonly remoteAddress = null
  readonly remoteType = null
  /** Messages that have not left, by their lengths; `shift` is called for each that leaves. */
  readonly _readableState = {
    buffered: 0,
    lengths: [] as number[],
    shift(): void {
      this.buffered -= this.lengths.shift() ?? 0
    }
  }
  _changes = 0
  bytesSent = 0
  destroyed = false
  stalled = false
  readonly #held: (() => void)[] = []
  other: PortableStream | undefined
  readonly state = {
    capability: (key: Buffer) => mac(this.sending, key),
    remoteCapability: (key: Buffer) => mac(this.receiving, key),
    extension: (_channel: number, id: number, message: Buffer) =>
      this.push(Buffer.concat([Buffer.from([id]), message])),
    options: (_channel: number, { extensions }: { extensions: string[] }) => {
      this.#handOver(0, other => {
        other.remoteExtensions.names = extensions
        other.emit('extensions', extensions)
      })
      return true
    },
    _messages: {
      onmessage: (_channel: number, _type: number, message: Buffer) => {
        const name = this.remoteExtensions.names?.[message[0] ?? 0]
        this.extensions.messages.find(each => each.name === name)?.handlers.onmessage(message.subarray(1))
      }
    }
  }

  constructor(
    readonly publicKey: Buffer,
    readonly remotePublicKey: Buffer,
    private readonly sending: Uint8Array,
    private readonly receiving: Uint8Array
  ) {
    super()
    this.setMaxListeners(0)
  }

  registerExtension(name: string, handlers: { onmessage(message: Buffer): void }): Extension {
    const extension = new Extension(this, name, handlers)
    this.extensions.add(extension)
    return extension
  }

  announce(): void {
    if (this._changes === this.extensions.changes) return
    this._changes = this.extensions.changes
    this.state.options(0, { extensions: this.extensions.names() })
  }

  push(bytes: Buffer): boolean {
    this.#handOver(bytes.length, other => other.state._messages.onmessage(0, EXTENSION, bytes))
    return true
  }

  destroy(): void {
    if (this.destroyed) return
    this.destroyed = true
    queueMicrotask(() => {
      this.emit('close')
      this.other?.destroy()
    })
  }

  #handOver(bytes: number, arrive: (other: PortableStream) => void): void {
    this.bytesSent += bytes
    this._readableState.buffered += bytes
    this._readableState.lengths.push(bytes)
    const pass = () => {
      this._readableState.shift()
      if (this.destroyed || this.other === undefined || this.other.destroyed) return
      arrive(this.other)
    }
    queueMicrotask(() => {
      if (this.stalled) this.#held.push(pass)
      else pass()
    })
  }

  resume(): void {
    this.stalled = false
    for (const pass of this.#held.splice(0)) pass()
  }
}

class PortableLink {
  constructor(readonly streams: readonly [PortableStream, PortableStream]) {}

  stall(): void {
    for (const stream of this.streams) stream.stalled = true
  }

  resume(): void {
    for (const stream of this.streams) stream.resume()
  }

  async disconnect(): Promise<void> {
    this.streams[0].destroy()
    await turns()
  }
}

/** Whatever both sides say to each other at once has been said. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise(resolve => setTimeout(resolve, 0))
}

class PortableNetworker extends EventEmitter {
  readonly keyPair = { publicKey: Buffer.from(randomBytes(32)), secretKey: Buffer.from(randomBytes(64)) }
  readonly streams = new Set<PortableStream>()

  add(stream: PortableStream): void {
    stream.on('close', () => {
      this.streams.delete(stream)
      this.emit('stream-closed', stream)
    })
    this.streams.add(stream)
    this.emit('handshake', stream)
  }
}

export async function createNetwork({ peers = 2, connected = true } = {}) {
  const networkers = Array.from({ length: peers }, () => new PortableNetworker())
  const links: { pair: string; streams: readonly [PortableStream, PortableStream] }[] = []
  const at = (place: number): PortableNetworker => networkers[place] ?? fail(`There is no peer ${place}.`)
  const between = (one: number, other: number) =>
    links.filter(({ pair, streams: [near] }) => pair === pairOf(one, other) && !near.destroyed)

  const network = {
    networkers,
    async connect(one: number, other: number): Promise<PortableLink> {
      const [near, far] = [at(one), at(other)]
      const [up, down] = [randomBytes(32), randomBytes(32)]
      const streams = [
        new PortableStream(near.keyPair.publicKey, far.keyPair.publicKey, up, down),
        new PortableStream(far.keyPair.publicKey, near.keyPair.publicKey, down, up)
      ] as const
      streams[0].other = streams[1]
      streams[1].other = streams[0]
      links.push({ pair: pairOf(one, other), streams })
      near.add(streams[0])
      far.add(streams[1])
      await turns()
      return new PortableLink(streams)
    },
    async allConnected(): Promise<void> {
      for (let one = 0; one < peers; one++) {
        for (let other = one + 1; other < peers; other++) {
          if (between(one, other).length === 0) await network.connect(one, other)
        }
      }
    },
    streams(one: number, other: number): readonly [PortableStream, PortableStream] {
      const [near, far] = between(one, other).at(-1)?.streams ?? fail('They are not connected.')
      return at(one).streams.has(near) ? [near, far] : [far, near]
    },
    stall(one: number, other: number): void {
      for (const { streams } of between(one, other)) new PortableLink(streams).stall()
    },
    resume(one: number, other: number): void {
      for (const { streams } of between(one, other)) new PortableLink(streams).resume()
    },
    async cut(one: number, other: number): Promise<void> {
      for (const { streams } of between(one, other)) await new PortableLink(streams).disconnect()
    },
    heal: (one: number, other: number) => network.connect(one, other),
    async close(): Promise<void> {
      for (const { streams } of links) streams[0].destroy()
    }
  }
  if (connected) await network.allConnected()
  return network
}

const pairOf = (one: number, other: number): string => [one, other].toSorted().join()

function mac(key: Uint8Array, label: Buffer): Buffer {
  return Buffer.from(blake2b(label, { key, dkLen: 32 }))
}

function fail(text: string): never {
  throw new Error(text)
}
