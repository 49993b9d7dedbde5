import type { ProtocolStream } from '@peersockets/testing'
import { type Frame, readFrame } from '../wire/frame.js'
import { readSequence } from '../wire/sequence.js'
import { sequenceOf } from './raw-peer.js'

const PROTOCOL = 'peersockets/v1'

/** A frame of wire v1 on its way. */
export interface PassingFrame {
  readonly bytes: Buffer
  /** Undefined if it is none. */
  readonly frame: Frame | undefined
  /** Its place among all that have passed. */
  readonly at: number
}

interface Handlers {
  onextension(channel: number, id: number, message: Buffer): void
  onoptions(channel: number, message: { extensions: readonly string[] }): void
}

/**
 * Somebody on the path to one end of a connection, who sees and changes what comes there on wire v1, and holds back all that comes.
 * The order stays as it was.
 */
export class Path {
  /** What goes on in the place of a frame: nothing, if it is undefined. */
  rewrite: (passing: PassingFrame) => Buffer | undefined = ({ bytes }) => bytes
  readonly passed: PassingFrame[] = []
  readonly #held: (() => void)[] = []
  #holding = false

  /** `to`: the end, whose handshake is over. */
  constructor(to: ProtocolStream) {
    const handlers: Handlers = Reflect.get(to.state, 'handlers')
    const { onextension, onoptions } = handlers
    handlers.onextension = (channel, id, message) => {
      const copy = Buffer.from(message)
      this.#pass(() => {
        const isOurs = to.remoteExtensions.names?.[id] === PROTOCOL
        const packet = isOurs ? this.#rewritten(copy) : copy
        if (packet !== undefined) onextension.call(handlers, channel, id, packet)
      })
    }
    handlers.onoptions = (channel, message) => this.#pass(() => onoptions.call(handlers, channel, message))
  }

  /** Holds back all that comes from now on. */
  hold(): void {
    this.#holding = true
  }

  /** Lets the first `count` of what was held pass. */
  release(count: number): void {
    for (const pass of this.#held.splice(0, count)) pass()
  }

  /** Holds back nothing any more. */
  open(): void {
    this.#holding = false
    this.release(this.#held.length)
  }

  #pass(pass: () => void): void {
    if (this.#holding) this.#held.push(pass)
    else pass()
  }

  #rewritten(packet: Buffer): Buffer | undefined {
    const frames = readSequence(packet) ?? []
    const kept = frames.flatMap(bytes => {
      const passing = { bytes, frame: readFrame(bytes), at: this.passed.length }
      this.passed.push(passing)
      const next = this.rewrite(passing)
      return next === undefined ? [] : [next]
    })
    return kept.length === 0 ? undefined : sequenceOf(kept)
  }
}
