import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Command, isReply, type Reply, type ReplyOf } from './messages.js'

const PARTICIPANT = fileURLToPath(new URL('./participant.ts', import.meta.url))
/** For a start or a turn, which take a few seconds at most on a machine at rest. */
const PATIENCE_MS = 120_000
/**
 * The allocator of Linux keeps what is freed, for every alternative alike. Else large messages would tell how long the
 * kernel takes to give and take the same pages again and again, which changes with what was freed last.
 */
const KEEPING_MEMORY = { MALLOC_TRIM_THRESHOLD_: '1073741824', MALLOC_MMAP_THRESHOLD_: '33554432' }

export interface WorkerOptions {
  readonly scenario: string
  readonly alternative: string
  readonly role: 'answering' | 'driving'
  readonly round: number
  /** The folder for its CPU profile. */
  readonly profile: string | undefined
}

/** A process that takes part in a scenario. */
export class Worker {
  readonly #name: string
  readonly #child: ChildProcess
  readonly #exited: Promise<unknown>

  constructor({ scenario, alternative, role, round, profile }: WorkerOptions) {
    this.#name = `The ${role} process of ${scenario}, ${alternative},`
    const file = [scenario, alternative, role, round].join('-').replaceAll(/[^\w.-]+/g, '-')
    const profiling = profile === undefined ? [] : [join(profile, `${file}.cpuprofile`)]
    this.#child = fork(PARTICIPANT, [scenario, alternative, ...profiling], {
      execArgv: ['--import', 'tsx'],
      env: { ...process.env, ...KEEPING_MEMORY }
    })
    this.#exited = once(this.#child, 'exit')
  }

  async ask<Kind extends Reply['kind']>(command: Command, kind: Kind): Promise<ReplyOf<Kind>> {
    const waiting = new AbortController()
    const timer = setTimeout(() => waiting.abort(), PATIENCE_MS)
    const exit = () => waiting.abort()
    this.#child.once('exit', exit)
    try {
      if (!this.#child.connected) throw this.#ended()
      this.#child.send(command)
      const [reply]: unknown[] = await once(this.#child, 'message', { signal: waiting.signal })
      if (isReply(reply, kind)) return reply
      throw new Error(
        `${this.#name} failed: ${isReply(reply, 'failed') ? reply.reason : 'it made no sense.'}`
      )
    } catch (error) {
      if (!waiting.signal.aborted) throw error
      if (this.#child.exitCode === null && this.#child.signalCode === null)
        throw new Error(`${this.#name} did not finish within ${PATIENCE_MS / 1000} s.`)
      throw this.#ended()
    } finally {
      clearTimeout(timer)
      this.#child.off('exit', exit)
    }
  }

  /** Resolves once the process is gone. */
  async close(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect()
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), PATIENCE_MS)
    await this.#exited
    clearTimeout(timer)
  }

  #ended(): Error {
    return new Error(`${this.#name} ended; what it had to say stands above.`)
  }
}
