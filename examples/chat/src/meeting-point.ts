import dht from '@hyperswarm/dht'
import { type Bootstrap, createBootstrap } from '@peersockets/testing'

/** The port cannot be used; the message is a sentence for whoever chose it. */
export class PortError extends Error {}

/** Long for an answer from the same machine. */
const PATIENCE_MS = 1_500

/**
 * The DHT node by which the chats of this machine find each other. The first of them has it in its process; when that
 * one leaves, another takes the port over. On the internet the public DHT is in its place.
 */
export class MeetingPoint {
  readonly #port: number
  #node: Bootstrap | undefined
  #closed = false

  private constructor(port: number) {
    this.#port = port
  }

  /** Throws a `PortError`. */
  static async at(port: number): Promise<MeetingPoint> {
    const point = new MeetingPoint(port)
    // Whoever has the port may be about to leave: then the second attempt gets it.
    for (let attempt = 0; attempt < 2; attempt++) {
      const taken = await point.keep()
      if (taken === undefined || (await answers(taken, port))) return point
    }
    throw new PortError(
      `Port ${port} is taken by a program that is not a chat: choose another with --port, the same for everybody.`
    )
  }

  get address(): string {
    return `localhost:${this.#port}`
  }

  /** Has the node in this process if no other has it. Gives the host of the other. */
  async keep(): Promise<string | undefined> {
    if (this.#node !== undefined) return undefined
    try {
      const node = await createBootstrap({ port: this.#port })
      this.#node = node
      if (this.#closed) await node.close()
      return undefined
    } catch (error) {
      const { code, address }: { code?: unknown; address?: unknown } = Object(error)
      if (code === 'EADDRINUSE' && typeof address === 'string') return address
      throw new PortError(`Port ${this.#port} cannot be used (${code}): choose another with --port.`)
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#node?.close()
  }
}

async function answers(host: string, port: number): Promise<boolean> {
  const node = dht({ bootstrap: false, ephemeral: true })
  node.listen(0, host)
  try {
    return await new Promise(resolve => {
      setTimeout(() => resolve(false), PATIENCE_MS).unref()
      node.ping({ host, port }, error => resolve(error === null))
    })
  } finally {
    node.destroy()
  }
}
