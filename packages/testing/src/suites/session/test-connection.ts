import { createHash, createHmac, randomBytes } from 'node:crypto'
import type { Layer, Middleware, Peer, Session } from 'peersockets/plugin'
import { extend } from './headroom.js'

/** Both ends of a connection, or of a topic on one. */
export interface Ends<T> {
  readonly alice: T
  readonly bob: T
}

/** What a handshake leaves behind, 32 bytes each. */
export interface Secrets {
  readonly alicePublicKey: Buffer
  readonly bobPublicKey: Buffer
  /** Behind the keys for what Alice sends. */
  readonly aliceToBob: Buffer
  readonly bobToAlice: Buffer
}

/** How the sessions of a {@link TestConnection} are. */
export interface TestConnectionOptions {
  /** Whether the network itself detects a changed byte. Default false. */
  readonly authenticated?: boolean
  /**
   * `v1`, the default: sessions of private topics, each with new keys, and counters that begin at 0. `v0`: those of public
   * topics, with the keys of the connection, and counters that go on.
   */
  readonly wire?: 'v0' | 'v1'
}

type End = keyof Ends<unknown>

/** What a session is for. Its keys are others in each, and on v0 its counters as well. */
interface Scope {
  readonly topic: string
  /** The middleware's. */
  readonly name: string
  /** How many middleware of that name stand before it in the pipeline. */
  readonly before: number
  /** Another one each time that two peers meet on v1, and always the same on v0. */
  readonly meeting: string
}

/**
 * A connection between Alice and Bob as its handshake leaves it: sessions with secrets that nobody else has, and no
 * network. What one layer sends, the test hands to the other, or does not.
 */
export class TestConnection {
  readonly #secrets: Secrets
  readonly #authenticated: boolean
  readonly #wire: 'v0' | 'v1'
  readonly #peers: Ends<Peer>
  /** On v0: by end, topic and stage. */
  readonly #counters = new Map<string, Session['counters']>()

  /** Secrets that are not given are random. */
  constructor(
    secrets: Partial<Secrets> = {},
    { authenticated = false, wire = 'v1' }: TestConnectionOptions = {}
  ) {
    const random = () => randomBytes(32)
    this.#secrets = {
      alicePublicKey: random(),
      bobPublicKey: random(),
      aliceToBob: random(),
      bobToAlice: random(),
      ...secrets
    }
    this.#authenticated = authenticated
    this.#wire = wire
    this.#peers = {
      alice: { remotePublicKey: this.#secrets.bobPublicKey },
      bob: { remotePublicKey: this.#secrets.alicePublicKey }
    }
  }

  /**
   * Both ends of one new session of `topic`, for a middleware called `name`. A test hands each end to `open` of a
   * middleware itself, or one end alone.
   */
  sessions(topic = 'chat', name = 'middleware'): Ends<Session> {
    const meeting = this.#meeting()
    const at = { topic, name, before: 0, meeting }
    return { alice: this.#session('alice', at), bob: this.#session('bob', at) }
  }

  /** Opens both ends of a new session of `topic`, as a meeting of two peers does. */
  open(middleware: Middleware | Ends<Middleware>, topic = 'chat'): Ends<Layer> {
    const { alice, bob } = 'open' in middleware ? { alice: middleware, bob: middleware } : middleware
    const meeting = this.#meeting()
    const opened = (end: End, one: Middleware): Layer =>
      one.open(this.#session(end, { topic, name: one.name, before: 0, meeting }))
    return { alice: opened('alice', alice), bob: opened('bob', bob) }
  }

  /** The same for a whole pipeline: the layers of each end, in the order of their middleware. */
  openAll(pipeline: readonly Middleware[] | Ends<readonly Middleware[]>, topic = 'chat'): Ends<Layer[]> {
    const { alice, bob } = 'alice' in pipeline ? pipeline : { alice: pipeline, bob: pipeline }
    const meeting = this.#meeting()
    const opened = (end: End, stages: readonly Middleware[]): Layer[] =>
      stages.map((middleware, place) => {
        const before = stages.slice(0, place).filter(({ name }) => name === middleware.name).length
        return middleware.open(this.#session(end, { topic, name: middleware.name, before, meeting }))
      })
    return { alice: opened('alice', alice), bob: opened('bob', bob) }
  }

  /** On v0 always the same, so that the keys are those of the connection. */
  #meeting(): string {
    return this.#wire === 'v0' ? '' : randomBytes(16).toString('hex')
  }

  #session(end: End, scope: Scope): Session {
    const { alicePublicKey, bobPublicKey, aliceToBob, bobToAlice } = this.#secrets
    const isAlice = end === 'alice'
    const [outwards, inwards] = isAlice ? [aliceToBob, bobToAlice] : [bobToAlice, aliceToBob]
    return {
      topic: scope.topic,
      peer: this.#peers[end],
      localPublicKey: isAlice ? alicePublicKey : bobPublicKey,
      remotePublicKey: isAlice ? bobPublicKey : alicePublicKey,
      authenticated: this.#authenticated,
      counters: this.#countersOf(end, scope),
      exportKey: label => ({
        send: exported(outwards, scope, label),
        receive: exported(inwards, scope, label)
      }),
      extend
    }
  }

  #countersOf(end: End, { topic, name, before }: Scope): Session['counters'] {
    const place = JSON.stringify([end, topic, name, before])
    const known = this.#wire === 'v0' ? this.#counters.get(place) : undefined
    const counters = known ?? { sent: 0, received: 0 }
    this.#counters.set(place, counters)
    return counters
  }
}

/** Another one for every scope and label, as the core derives them, and in a new buffer each time. */
function exported(secret: Buffer, { topic, name, before, meeting }: Scope, label: string): Buffer {
  const info = createHash('sha256')
    .update(JSON.stringify([topic, name, before, meeting, label]))
    .digest()
  return createHmac('sha256', secret).update(info).digest()
}
