import { contain, isMisplacedPromise } from '../contain.js'
import { type ErrorCode, onTopic, PeersocketsError, reasonOf } from '../errors.js'
import type { Layer, Middleware, Session } from '../plugin.js'
import type { Backlog } from './backlog.js'
import { Lane, type LaneOwner, type Opened } from './lane.js'

export interface PipelineEvents {
  /** A frame is ready for the wire. When `late` is false, what is thrown reaches the caller of `send`. */
  onoutgoing(frame: Buffer, late: boolean): void
  /** A frame is ready to be decoded. Must not throw. */
  onincoming(frame: Buffer): void
  /** A middleware refused a frame that the peer sent. Must not throw. */
  onreject(error: PeersocketsError): void
  /** A middleware failed at a frame of ours, after `send` had returned, or at closing. Must not throw. */
  onfailure(error: PeersocketsError): void
  /** Nothing waits on the way out any more. Must not throw. */
  onidle(): void
}

/** The layers of one topic on one connection: the first is next to the codec, the last next to the wire. */
export class Pipeline implements LaneOwner {
  readonly #layers: readonly Opened[]
  readonly #topic: string
  readonly #events: PipelineEvents
  readonly #outgoing: Lane
  readonly #incoming: Lane

  /** Throws a `PeersocketsError` if a middleware does; the layers that were open by then are closed. */
  constructor(
    middleware: readonly Middleware[],
    session: Session,
    backlogs: { readonly outgoing: Backlog; readonly incoming: Backlog },
    events: PipelineEvents
  ) {
    this.#topic = session.topic
    this.#events = events
    const layers: Opened[] = []
    this.#layers = layers
    for (const stage of middleware) {
      try {
        layers.push({ name: stage.name, layer: checkLayer(stage.open(session)) })
      } catch (cause) {
        this.#closeLayers()
        throw this.#failure('ERR_MIDDLEWARE_FAILED', `${stage.name} cannot work on this connection`, cause)
      }
    }
    this.#outgoing = new Lane(layers, this, backlogs.outgoing, true)
    this.#incoming = new Lane(
      layers.length > 1 ? layers.toReversed() : layers,
      this,
      backlogs.incoming,
      false
    )
  }

  /** Whether frames wait on the way out. */
  get sending(): boolean {
    return this.#outgoing.busy
  }

  /** Grows with each frame that has got on through an asynchronous stage on the way out. */
  get progress(): number {
    return this.#outgoing.settled
  }

  /** Whether the next received frame would have to wait. */
  get receiving(): boolean {
    return this.#incoming.busy
  }

  /**
   * Whether nobody reads the frame any more. Throws `ERR_MIDDLEWARE_FAILED`, or the middleware's own `PeersocketsError`.
   */
  send(frame: Buffer): boolean {
    return this.#outgoing.push(frame)
  }

  receive(frame: Buffer): void {
    this.#incoming.push(frame)
  }

  /** Drops what came in and is not through yet. */
  dropReceived(): void {
    this.#incoming.clear()
  }

  /** Drops what waits, and closes the layers. */
  close(): void {
    this.#outgoing.close()
    this.#incoming.close()
    this.#closeLayers()
  }

  onframe(frame: Buffer, late: boolean, out: boolean): void {
    if (out) this.#events.onoutgoing(frame, late)
    else this.#events.onincoming(frame)
  }

  onrefusal(cause: unknown, name: string, late: boolean, out: boolean): void {
    if (!out) {
      this.#events.onreject(this.#failure('ERR_MIDDLEWARE_REJECTED', `${name} rejected a frame`, cause))
      return
    }
    const error = this.#failure('ERR_MIDDLEWARE_FAILED', `${name} cannot send the message`, cause)
    if (!late) throw error
    this.#events.onfailure(error)
  }

  onempty(out: boolean): void {
    if (out) this.#events.onidle()
  }

  #closeLayers(): void {
    for (const { name, layer } of this.#layers) {
      contain(
        () => layer.close?.(),
        cause =>
          this.#events.onfailure(this.#failure('ERR_MIDDLEWARE_FAILED', `${name} failed to close`, cause))
      )
    }
  }

  #failure(code: ErrorCode, what: string, cause: unknown): PeersocketsError {
    if (PeersocketsError.is(cause)) return onTopic(cause, this.#topic)
    return new PeersocketsError(code, `${what}: ${reasonOf(cause)}`, { topic: this.#topic, cause })
  }
}

/** What `open` of a middleware gave, which may be anything. Throws. */
function checkLayer(layer: Layer): Layer {
  const misplaced = isMisplacedPromise(layer)
  if (!misplaced && typeof layer?.send === 'function' && typeof layer.receive === 'function') return layer
  throw new TypeError('open() must return a layer, an object with `send` and `receive`, at once')
}
