import dgram from 'node:dgram'
import { once } from 'node:events'
import { chunksOf, type Direction, type Replacement } from '../attack.js'
import type { Address } from '../stack/address.js'

const HOST = '127.0.0.1'

/**
 * Somebody on the path between two UDP sockets. Each finds the other at an address of the relay. A chunk is a datagram; one
 * that is dropped is sent again by the connection that it belongs to, and one that comes twice is passed over.
 */
export class UdpRelay {
  /** Up goes what is sent by `dialler`, the first of the two. */
  static async create(
    dialler: Address,
    answerer: Address,
    intercept: (chunk: Buffer, direction: Direction, offset: number) => Replacement
  ): Promise<UdpRelay> {
    const faces = [dgram.createSocket('udp4'), dgram.createSocket('udp4')] as const
    for (const face of faces) {
      face.bind(0, HOST)
      await once(face, 'listening')
    }
    return new UdpRelay(faces, [dialler, answerer], intercept)
  }

  readonly #faces: readonly [dgram.Socket, dgram.Socket]
  readonly #offsets: Record<Direction, number> = { up: 0, down: 0 }
  readonly #held: (() => void)[] = []
  #stalled = false

  private constructor(
    faces: readonly [dgram.Socket, dgram.Socket],
    [dialler, answerer]: readonly [Address, Address],
    intercept: (chunk: Buffer, direction: Direction, offset: number) => Replacement
  ) {
    this.#faces = faces
    const [toDialler, toAnswerer] = faces
    const forward = (from: dgram.Socket, direction: Direction, to: dgram.Socket, target: Address) => {
      from.on('message', chunk => {
        const pass = () => {
          const offset = this.#offsets[direction]
          this.#offsets[direction] += chunk.length
          for (const passed of chunksOf(intercept(chunk, direction, offset))) {
            to.send(passed, target.port, target.host)
          }
        }
        if (this.#stalled) this.#held.push(pass)
        else pass()
      })
    }
    forward(toDialler, 'up', toAnswerer, answerer)
    forward(toAnswerer, 'down', toDialler, dialler)
  }

  /** Where the dialler finds the answerer. */
  get answerer(): Address {
    return { host: HOST, port: this.#faces[0].address().port }
  }

  /** Where the answerer finds the dialler. */
  get dialler(): Address {
    return { host: HOST, port: this.#faces[1].address().port }
  }

  /** A new connection begins, whose offsets count from 0. */
  begin(): void {
    this.#offsets.up = 0
    this.#offsets.down = 0
  }

  stall(): void {
    this.#stalled = true
  }

  resume(): void {
    this.#stalled = false
    for (const pass of this.#held.splice(0)) pass()
  }

  async close(): Promise<void> {
    await Promise.all(
      this.#faces.map(async face => {
        const closed = once(face, 'close')
        face.close()
        await closed
      })
    )
  }
}
