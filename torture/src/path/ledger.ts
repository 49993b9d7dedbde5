/** What must never come of a message, whatever is done to it on the way. */
export type Harm = 'altered' | 'elsewhere' | 'twice' | 'out of order'

/** Where a message was said, and to whom. Peers are named by their places, connections by what both ends call them. */
export interface Passage {
  readonly topic: string
  readonly connection: string
  readonly from: number
  readonly to: number
}

interface Said extends Passage {
  readonly number: number
  heard: boolean
}

/** Knows every message that was said, so that what is heard can be judged one by one. */
export class Ledger {
  readonly #said = new Map<string, Said>()
  readonly #numbers = new Map<string, number>()
  readonly #last = new Map<string, number>()

  /** How many were said. */
  get size(): number {
    return this.#said.size
  }

  /** A message that nobody has said before. Those of one pair of peers are equally long, but for the filling. */
  say(passage: Passage, filling = 0): string {
    const { topic, connection, from, to } = passage
    const lane = laneOf(passage)
    const number = (this.#numbers.get(lane) ?? 0) + 1
    this.#numbers.set(lane, number)
    const message = `${topic} ${connection} ${from}${to} ${`${number}`.padStart(3, '0')}${'.'.repeat(filling)}`
    this.#said.set(message, { ...passage, number, heard: false })
    return message
  }

  /** Undefined for a message that was said just there, is heard for the first time, and in its turn. */
  hear(message: string, passage: Passage): Harm | undefined {
    const said = this.#said.get(message)
    const lane = laneOf(passage)
    if (said === undefined) return 'altered'
    if (laneOf(said) !== lane) return 'elsewhere'
    if (said.heard) return 'twice'
    said.heard = true
    if (said.number < (this.#last.get(lane) ?? 0)) return 'out of order'
    this.#last.set(lane, said.number)
    return undefined
  }

  /** From now on, nothing of this was ever said. */
  forget(): void {
    this.#said.clear()
    this.#numbers.clear()
    this.#last.clear()
  }
}

/** In a lane, order counts. */
function laneOf({ topic, connection, from, to }: Passage): string {
  return `${topic} ${connection} ${from}>${to}`
}
