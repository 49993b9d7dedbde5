import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os'

/** What the figures were measured on. */
export interface Machine {
  readonly processor: string
  readonly cores: number
  readonly memoryGiB: number
  readonly system: string
  readonly node: string
  /** Processes that wanted to run in the last minute, on average; zeros where the system does not count them. */
  readonly load: number
}

export function describeMachine(): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? process.arch,
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()} ${process.arch}`,
    node: process.version,
    load: Number((loadavg()[0] ?? 0).toFixed(1))
  }
}

export function renderMachine({ processor, cores, memoryGiB, system, node, load }: Machine): string {
  const text = `${processor}, ${cores} cores, ${memoryGiB} GiB, ${system}, Node ${node}, load ${load}`
  return load < cores / 2 ? text : `${text}\nThe machine is busy with other things: these figures are rough.`
}
