import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { StackName } from '../../stacks.js'
import type { SpeakerReport } from './speaker.js'

const SPEAKER = fileURLToPath(new URL('./speaker.ts', import.meta.url))

export interface SpeakerOptions {
  readonly stack: StackName
  /** The DHT nodes that it knows, as `host:port`, with commas between them. */
  readonly bootstrap: string
  /** Of what it says. */
  readonly seed: number
  readonly manner: 'patient' | 'hasty'
}

/** A process that says something and ends. */
export class SpeakerProcess {
  readonly #child: ChildProcess
  readonly #exited: Promise<unknown>
  /** What it has told, which is one thing. */
  report: SpeakerReport | undefined

  constructor({ stack, bootstrap, seed, manner }: SpeakerOptions) {
    this.#child = fork(SPEAKER, [stack, bootstrap, `${seed}`, manner], { execArgv: ['--import', 'tsx'] })
    this.#exited = once(this.#child, 'exit')
    this.#child.on('message', message => {
      if (isReport(message)) this.report = message
    })
  }

  /** Resolves once it has ended by itself. After `patience` milliseconds it is ended. */
  async ended(patience: number): Promise<void> {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), patience)
    await this.#exited
    clearTimeout(timer)
  }
}

/** Nobody else writes to the channel between the two. */
function isReport(value: unknown): value is SpeakerReport {
  return typeof value === 'object' && value !== null && 'event' in value
}
