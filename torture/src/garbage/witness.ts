import { ERROR_CODES, type Peer, Peersockets, type TopicHandle } from 'peersockets'
import type { Round } from '../scenario.js'
import { anything, type Kind, type Said, schema } from './topics.js'

/** More than this is not said about one rejection, in characters, beside what the app itself has named. */
const MAX_TEXT = 1000

/** Somebody in all topics, who looks at everything that he gets, and at everything that he is told. */
export class Witness {
  readonly sockets: Peersockets
  /** By topic: what the last honest messages were. */
  readonly heard = new Map<string, number[]>()
  readonly #round: Round
  readonly #name: Said['from']
  readonly #rooms: TopicHandle<Said>[] = []
  #rejections = 0
  #said = 0

  /** `trusted`: the key of a peer that means no harm. Nothing that it sends may be dropped. */
  constructor(
    round: Round,
    name: Said['from'],
    network: ConstructorParameters<typeof Peersockets>[0],
    kinds: readonly Kind[],
    trusted: Buffer
  ) {
    this.#round = round
    this.#name = name
    this.sockets = new Peersockets(network)
    this.sockets.on('reject', (error, peer) => {
      this.#rejections++
      this.#onreject(error, peer.remotePublicKey.equals(trusted))
    })
    for (const kind of kinds) {
      this.heard.set(kind.name, [])
      const onmessage = (message: Said, peer: Peer): void =>
        this.#onmessage(kind.name, message, peer.remotePublicKey.equals(trusted))
      this.#rooms.push(this.sockets.join(kind.topic(), { onmessage }))
    }
  }

  /** Whether a peer is in all topics. */
  sees(key: Buffer): boolean {
    return this.#rooms.every(({ peers }) =>
      [...peers].some(({ remotePublicKey }) => remotePublicKey.equals(key))
    )
  }

  /** Says something in all topics, and gives its number. */
  say(): number {
    const n = this.#said++
    for (const room of this.#rooms) room.broadcast(anything(this.#round.random, this.#name, n))
    return n
  }

  /** What does not add up in the end. */
  close(): void {
    const counted = Object.values(this.sockets.stats.rejected).reduce((sum, count) => sum + count, 0)
    if (counted !== this.#rejections)
      this.#round.fault(`${this.#rejections} rejections were told, and ${counted} were counted.`)
    this.sockets.stop()
  }

  #onmessage(topic: string, message: Said, trusted: boolean): void {
    const { success } = schema.safeParse(message)
    if (!success) this.#round.fault(`Topic ${topic} delivered what does not fit: ${JSON.stringify(message)}`)
    if (trusted) this.heard.get(topic)?.push(message.n)
    else this.#round.count('messages of a hostile peer that were sound')
  }

  #onreject(error: Error & { readonly code: string }, trusted: boolean): void {
    const { code, message } = error
    this.#round.count(code)
    if (!ERROR_CODES.some(known => known === code)) this.#round.fault(`There is no code ${code}.`)
    if (trusted) this.#round.fault(`An honest peer was rejected: ${code} ${message}`)
    if (message.length > MAX_TEXT) this.#round.fault(`${code} has a message of ${message.length} characters.`)
    if (/[\p{Cc}\p{Cf}\u2028\u2029]/u.test(message))
      this.#round.fault(`${code} has a message with characters that do not print: ${JSON.stringify(message)}`)
  }
}
