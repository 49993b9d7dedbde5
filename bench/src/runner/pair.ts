import type { Case } from '../contender.js'
import type { Turn } from '../report/result.js'
import { Worker, type WorkerOptions } from './worker.js'

/** The two processes of one alternative. */
export class Pair {
  readonly #answering: Worker
  readonly #driving: Worker

  constructor(options: Omit<WorkerOptions, 'role'>) {
    this.#answering = new Worker({ ...options, role: 'answering' })
    this.#driving = new Worker({ ...options, role: 'driving' })
  }

  /** Resolves once both are ready. */
  async start(): Promise<void> {
    await Promise.all([this.#answering, this.#driving].map(worker => worker.ask({ kind: 'start' }, 'ready')))
  }

  /** One turn, over a connection of its own. */
  async turn({ name }: Case, operations: number): Promise<Turn> {
    const { port } = await this.#answering.ask({ kind: 'answer', case: name }, 'listening')
    const [answered, driven] = await Promise.all([
      this.#answering.ask({ kind: 'finish' }, 'answered'),
      this.#driving.ask({ kind: 'drive', case: name, port }, 'driven')
    ])
    return {
      perOperation: meaningful(driven.perOperation),
      cpuSecondsPerOperation: meaningful((answered.cpuSeconds + driven.cpuSeconds) / operations)
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#answering.close(), this.#driving.close()])
  }
}

/** Without the digits that say nothing, so that a file of them can be read. */
function meaningful(value: number): number {
  return Number(value.toPrecision(6))
}
