/** One of the alternatives that a case compares, ready to run. It runs in two processes, one for each role. */
export interface Contender {
  /** What part of the work it does, if it is so slow that all of it would take too long. Default 1, all of it. */
  readonly share?: number
  /** In one process: answers the next connection. `finished` rejects when a message did not arrive as it was sent. */
  answer(operations: number): Promise<{ readonly port: number; readonly finished: Promise<Answered> }>
  /** In the other: connects, and resolves once the work was done and the answering side has confirmed it. */
  drive(port: number, operations: number): Promise<Driven>
}

export interface Answered {
  readonly cpuSeconds: number
}

export interface Driven {
  readonly cpuSeconds: number
  /** Seconds or bytes, whichever the scenario measures. */
  readonly perOperation: number
}

/** Several alternatives that do the same work. */
export interface Case {
  readonly name: string
  /** Done by each alternative in each turn. */
  readonly operations: number
  /** In the order of the table. */
  readonly alternatives: Readonly<Record<string, Contender>>
  readonly targets?: readonly Target[]
}

/** What an alternative is meant to reach, of a baseline of the same case, or by itself. */
export interface Target {
  /** For somebody who does not know the scenario. */
  readonly what: string
  readonly alternative: string
  readonly baseline?: string
  readonly reach: 'at least' | 'at most'
  readonly value: number
}

/** What one line of `npm run bench -- <name>` runs. */
export interface Scenario {
  readonly name: string
  readonly title: string
  /** `rate`: operations a second, more is better. `time`: microseconds an operation, less is better; `bytes` likewise. */
  readonly measure: 'rate' | 'time' | 'bytes'
  readonly operation: string
  /** The alternatives that all others are divided by, one column each. */
  readonly baselines: readonly string[]
  /** The alternatives that are peersockets, for a plot to point them out. */
  readonly ours: readonly string[]
  /** It gives the same each time, so that once is enough. */
  readonly exact?: true
  readonly cases: readonly Case[]
}

/** What `contender` does of the operations of its case. */
export function operationsOf({ operations }: Pick<Case, 'operations'>, { share = 1 }: Contender): number {
  return Math.ceil(operations * share)
}
