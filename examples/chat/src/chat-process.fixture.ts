import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'

/** A chat in a process of its own, with pipes in place of a terminal. */
export class ChatProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>
  readonly #ended: Promise<number | null>
  stdout = ''
  stderr = ''

  constructor(...options: string[]) {
    this.#child = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts', ...options], {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      stdio: 'pipe'
    })
    this.#child.stdout.setEncoding('utf8').on('data', text => {
      this.stdout += text
    })
    this.#child.stderr.setEncoding('utf8').on('data', text => {
      this.stderr += text
    })
    this.#ended = once(this.#child, 'close').then(([code]) => code)
  }

  type(line: string): void {
    this.#child.stdin.write(`${line}\n`)
  }

  async shows(text: string | RegExp): Promise<void> {
    await expect.poll(() => this.stdout, { timeout: 20_000 }).toMatch(text)
  }

  /** Ctrl-D. Gives the exit code. */
  async hangUp(): Promise<number | null> {
    this.#child.stdin.end()
    return this.#ended
  }

  /** The exit code, of a process that ends by itself, or by a signal. */
  async ends(signal?: NodeJS.Signals): Promise<number | null> {
    if (signal !== undefined) this.#child.kill(signal)
    return this.#ended
  }
}

/** A UDP port of 127.0.0.1 that was free just now. */
export async function freePort(): Promise<string> {
  const { port, release } = await takePort()
  await release()
  return port
}

/** A UDP port that is in use, by something that never answers. */
export async function takePort(): Promise<{ port: string; release(): Promise<void> }> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return {
    port: String(socket.address().port),
    async release() {
      socket.close()
      await once(socket, 'close')
    }
  }
}
