import { type ChildProcess, fork } from 'node:child_process'
import { inspect, isDeepStrictEqual } from 'node:util'
import type { Command, Report } from './messages.js'

/** Each step takes milliseconds; this is for a machine that is busy with something else. */
const PATIENCE_MS = 8_000

type ReportOf<E extends Report['event']> = Extract<Report, { event: E }>

/** A peer, as the story sees it: a child process that is told what to do, and says what happens. */
export class PeerProcess {
  readonly #child: ChildProcess
  readonly #ended: Promise<number | null>
  #hasEnded = false
  /** What was reported and is still to be looked at, oldest first. */
  readonly #reports: Report[] = []
  #onreport = () => {}

  constructor(
    readonly name: string,
    bootstrap: string
  ) {
    // `advanced` is the structured clone of postMessage: a Date that the peer got is a Date here.
    this.#child = fork(new URL('peer.ts', import.meta.url), [bootstrap], { serialization: 'advanced' })
    this.#child.on('message', (report: Report) => {
      this.#reports.push(report)
      this.#onreport()
    })
    this.#ended = new Promise(resolve => {
      const end = (code: number | null) => {
        this.#hasEnded = true
        this.#onreport()
        resolve(code)
      }
      // Not `exit`, which may come before the last reports.
      this.#child.once('close', end)
      this.#child.on('error', () => end(null))
    })
  }

  get pid(): string {
    return String(this.#child.pid)
  }

  /** Tells the peer to do something. What comes of it, it reports. */
  tell(command: Command): void {
    if (this.#child.connected) this.#child.send(command)
  }

  /**
   * The next thing that happens to the peer, which has to be this; `deed` says it in words, for the error that anything
   * else is, and nothing as well.
   */
  async next<E extends Report['event']>(
    event: E,
    deed: string,
    like: Partial<ReportOf<E>> = {}
  ): Promise<ReportOf<E>> {
    const report = await this.#nextReport(deed)
    if (isA(report, event) && matches(report, like)) return report
    if (report.event === 'failed') throw new Error(`${this.name} failed: ${report.reason}`)
    throw new Error(`${this.name} was to ${deed}, but reports ${inLine(report)}.`)
  }

  /** Lets the peer close its network, and waits until its process has ended by itself. */
  async leave(): Promise<void> {
    this.tell({ do: 'leave' })
    const code = await patiently(this.#ended, `${this.name} was to leave, but its process goes on.`)
    const [report] = this.#reports
    if (report !== undefined) throw new Error(`${this.name} also reports ${inLine(report)}.`)
    if (code !== 0) throw new Error(`${this.name} was to leave, but its process ended with ${code}.`)
  }

  /** Ends the process, whatever it does. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
  }

  async #nextReport(deed: string): Promise<Report> {
    const arrival = new Promise<void>(resolve => {
      this.#onreport = resolve
      if (this.#reports.length > 0 || this.#hasEnded) resolve()
    })
    await patiently(arrival, `${this.name} was to ${deed}, but nothing happened for ${PATIENCE_MS / 1000} s.`)
    const report = this.#reports.shift()
    if (report === undefined) throw new Error(`${this.name} was to ${deed}, but its process has ended.`)
    return report
  }
}

export async function patiently<T>(promise: Promise<T>, complaint: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(complaint)), PATIENCE_MS)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

function isA<E extends Report['event']>(report: Report, event: E): report is ReportOf<E> {
  return report.event === event
}

function matches<E extends Report['event']>(report: ReportOf<E>, like: Partial<ReportOf<E>>): boolean {
  return Object.entries(like).every(([key, value]) => isDeepStrictEqual(Reflect.get(report, key), value))
}

function inLine(value: unknown): string {
  return inspect(value, { breakLength: Number.POSITIVE_INFINITY })
}
