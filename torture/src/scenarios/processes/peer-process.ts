import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { StackName } from '../../stacks.js'
import { isReport, type Report } from './report.js'

const PEER = fileURLToPath(new URL('./peer.ts', import.meta.url))

export interface PeerProcessOptions {
  readonly stack: StackName
  /** The DHT nodes that it knows, as `host:port`, with commas between them. */
  readonly bootstrap: string
  /** For tests, in which it is not `honest`. */
  readonly manner?: string
}

/** A peer in a process of its own, and what it has reported. */
export class PeerProcess {
  readonly #child: ChildProcess
  readonly #exited: Promise<unknown>
  #ended = false
  #key = ''
  /** What it knows of peers, by topic and key. */
  readonly #heard = new Map<string, number>()
  readonly #present = new Set<string>()
  readonly faults: string[] = []

  constructor({ stack, bootstrap, manner = 'honest' }: PeerProcessOptions) {
    this.#child = fork(PEER, [stack, bootstrap, manner], { execArgv: ['--import', 'tsx'] })
    this.#exited = once(this.#child, 'exit').then(() => {
      this.#ended = true
    })
    this.#child.on('message', message => {
      if (isReport(message)) this.#onreport(message)
    })
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Its public key in hex, once it is ready. */
  get key(): string {
    return this.#key
  }

  /** Whether it has ended without being told to. */
  get ended(): boolean {
    return this.#ended
  }

  /** In how many topics it sees the peer. */
  sees(key: string): number {
    return [...this.#present].filter(place => place.endsWith(key)).length
  }

  /** From how many topics it has reported so many messages of the peer. */
  heardFrom(key: string, messages: number): number {
    return [...this.#heard].filter(([place, count]) => place.endsWith(key) && count >= messages).length
  }

  get messagesHeard(): number {
    return [...this.#heard.values()].reduce((sum, count) => sum + count, 0)
  }

  /** Ends the process, whatever it does. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#exited
  }

  #onreport(report: Report): void {
    switch (report.event) {
      case 'ready':
        this.#key = report.key
        break
      case 'joined':
        this.#present.add(`${report.topic} ${report.key}`)
        break
      case 'left':
        this.#present.delete(`${report.topic} ${report.key}`)
        break
      case 'heard':
        this.#heard.set(`${report.topic} ${report.key}`, report.messages)
        break
      case 'fault':
        this.faults.push(report.what)
    }
  }
}
