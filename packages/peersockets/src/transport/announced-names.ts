/** Names of a peer that are looked at. A name is a topic here; what memory one message may cost must have an end. */
const MAX_NAMES = 100_000

/** What a peer's list of names has that the one before had not, and the other way round. */
export interface Changes {
  readonly added: readonly string[]
  readonly removed: readonly string[]
}

/** The names that a peer has announced: each time all of them. */
export class AnnouncedNames {
  /** Replaced, never changed in place. */
  #names: ReadonlySet<string>

  constructor(names: readonly string[] | null) {
    this.#names = setOf(names ?? [])
  }

  get all(): ReadonlySet<string> {
    return this.#names
  }

  /** Costs what the peer has paid for: as much as the lists are long, whatever is open here. */
  replace(names: readonly string[]): Changes {
    const before = this.#names
    const after = setOf(names)
    this.#names = after
    return {
      added: [...after].filter(name => !before.has(name)),
      removed: [...before].filter(name => !after.has(name))
    }
  }
}

function setOf(names: readonly string[]): ReadonlySet<string> {
  return new Set(names.length > MAX_NAMES ? names.slice(0, MAX_NAMES) : names)
}
