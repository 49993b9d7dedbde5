import { callSafely, isMisplacedPromise } from '../call-safely.js'
import { located, PeersocketsError, reasonOf } from '../errors.js'
import type { Layer, Middleware, Session } from '../plugin.js'

/** A layer that was opened. */
export interface OpenLayer {
  /** Of its middleware. */
  readonly name: string
  /** Whether it may change bytes. */
  readonly wire: boolean
  readonly layer: Layer
}

/** The layers of one session, each list in the order of sending. */
export class Layers {
  readonly messages: OpenLayer[] = []
  readonly frames: OpenLayer[] = []
  readonly #topic: string
  readonly #onfailure: (error: PeersocketsError) => void

  /**
   * `sessionOf` gives each middleware its session; `ordinal` counts those of its name that stand before it in the pipeline, those
   * that put something on the wire by themselves. Throws a `PeersocketsError` if a middleware throws; the layers that were open by
   * then are closed.
   */
  constructor(
    topic: string,
    middleware: readonly Middleware[],
    sessionOf: (name: string, wire: boolean, ordinal: number) => Session,
    onfailure: (error: PeersocketsError) => void
  ) {
    this.#topic = topic
    this.#onfailure = onfailure
    const ordinals = new Map<string, number>()
    for (const stage of inOrder(middleware)) {
      const { name, wire = true } = stage
      const key = `${wire} ${name}`
      const ordinal = ordinals.get(key) ?? 0
      ordinals.set(key, ordinal + 1)
      try {
        const layer = checkLayer(stage.open(sessionOf(name, wire, ordinal)))
        const list = isForMessages(stage) ? this.messages : this.frames
        list.push({ name, wire, layer })
      } catch (cause) {
        this.close()
        throw this.#failure(`${name} cannot work on this connection`, cause)
      }
    }
  }

  close(): void {
    for (const { name, layer } of [...this.messages, ...this.frames]) {
      callSafely(
        () => layer.close?.(),
        cause => this.#onfailure(this.#failure(`${name} failed to close`, cause))
      )
    }
  }

  #failure(what: string, cause: unknown): PeersocketsError {
    if (PeersocketsError.is(cause)) return located(cause, this.#topic)
    return new PeersocketsError('ERR_MIDDLEWARE_FAILED', `${what}: ${reasonOf(cause)}`, {
      topic: this.#topic,
      cause
    })
  }
}

/** The middleware in the order of sending: what is for messages comes before what is for frames. */
export function inOrder(middleware: readonly Middleware[]): readonly Middleware[] {
  const messages = middleware.filter(isForMessages)
  return [...messages, ...middleware.filter(stage => !isForMessages(stage))]
}

export function isForMessages({ scope }: Middleware): boolean {
  return scope === 'message'
}

/** What `open` of a middleware gave, which may be anything. Throws. */
function checkLayer(layer: Layer): Layer {
  const misplaced = isMisplacedPromise(layer)
  if (!misplaced && typeof layer?.send === 'function' && typeof layer.receive === 'function') return layer
  throw new TypeError('open() must return a layer, an object with `send` and `receive`, at once')
}
