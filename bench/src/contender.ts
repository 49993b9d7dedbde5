/** One of the alternatives that a case compares, ready to run. It runs in two processes, one for each role. */
export interface Contender {
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
  readonly secondsPerOperation: number
}

/** Several alternatives that do the same work. */
export interface Case {
  readonly name: string
  /** Done by each alternative in each turn. */
  readonly operations: number
  /** In the order of the table. */
  readonly alternatives: Readonly<Record<string, Contender>>
}

/** What one line of `npm run bench -- <name>` runs. */
export interface Scenario {
  readonly name: string
  readonly title: string
  /** `rate`: operations a second, more is better. `time`: microseconds an operation, less is better. */
  readonly measure: 'rate' | 'time'
  readonly operation: string
  /** The alternatives that all others are divided by, one column each. */
  readonly baselines: readonly string[]
  readonly cases: readonly Case[]
}
