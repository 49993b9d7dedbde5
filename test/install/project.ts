import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'

export const fromRepository = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

/** What an app may depend on. */
const PACKAGES: readonly string[] = [
  'peersockets',
  'codec-json',
  'codec-msgpack',
  'mw-deflate',
  'mw-encrypt',
  'mw-hmac',
  'mw-limit',
  'transport-hyperswarm'
]

/** The network stack of a consumer: the last releases of what `@corestore/networker` works with. */
export const STACK = ['@corestore/networker@1', 'corestore@5', 'hypercore-protocol@8']

/** The same app, with the imports in every order that can matter. */
export const APPS = [
  'peersockets-first.mjs',
  'peersockets-last.mjs',
  'peersockets-first.cjs',
  'peersockets-last.cjs'
] as const

const GREETINGS = 'bob at 1970-01-01T00:00:00.000Z, ada at 1970-01-01T00:00:00.000Z\n'

/** What an app ends with that has exchanged messages so many times. A crash has a signal, a refusal a status of 1. */
export function exchanged(times: number): unknown {
  return { status: 0, signal: null, stdout: GREETINGS.repeat(times), stderr: expect.any(String) }
}

/** What {@link APPS} end with. */
export const EXCHANGED = exchanged(1)

/** Longer than an installation takes over a slow line; reached only by one that hangs. */
export const INSTALL_TIMEOUT_MS = 240_000

/** The files of `consumer/schemas`, and the packages that they import, as an installer takes them. */
const SCHEMAS = { zod: 'zod@4', 'zod-mini': 'zod@4', valibot: 'valibot@1' } as const

type Schema = keyof typeof SCHEMAS

export const INSTALLERS = ['npm', 'pnpm'] as const

export type Installer = (typeof INSTALLERS)[number]

export interface Plan {
  installer: Installer
  /** Installed before ours, in an installation of its own: packages as the installer takes them. */
  before?: readonly string[]
  /** Installed together with ours. */
  beside?: readonly string[]
  /** What the app's messages are described with. Default zod. */
  schema?: Schema
  /** Versions forced on the whole tree, written to where the installer looks for them. */
  overrides?: Record<string, string>
}

export interface Outcome {
  status: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

/** Our packages, packed as for publishing, and folders outside of the repository to install them in. */
export class Consumers {
  readonly #root = mkdtempSync(join(tmpdir(), 'peersockets-install-'))
  #packed: Promise<string[]> | undefined
  #pnpm: Promise<string> | undefined
  #count = 0

  /** Of these folders of `packages/`. */
  constructor(readonly packages = PACKAGES) {}

  /** Makes a project with our packages, the scripts of `consumer/` and what they import. Gives its folder. */
  async install({ installer, before, beside = [], schema = 'zod', overrides }: Plan): Promise<string> {
    const folder = this.folder()
    cpSync(fromRepository('test/install/consumer'), folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module', overrides }))
    if (installer === 'pnpm' && overrides !== undefined) {
      writeFileSync(join(folder, 'pnpm-workspace.yaml'), JSON.stringify({ overrides }))
    }
    if (before !== undefined) await this.add(installer, folder, before)
    const ours = await this.#tarballs()
    await this.add(installer, folder, [...ours, SCHEMAS[schema], '@types/node@20', ...beside])
    return folder
  }

  /** An empty folder. */
  folder(): string {
    const folder = join(this.#root, `project-${this.#count++}`)
    mkdirSync(folder)
    return folder
  }

  /** Adds ours to a project. */
  async addOurs(installer: Installer, folder: string): Promise<void> {
    await this.add(installer, folder, await this.#tarballs())
  }

  /** Installs what the `package.json` of a folder asks for, which has ours among it, and leaves that file as it is. */
  async complete(folder: string): Promise<void> {
    await this.add('npm', folder, ['--no-save', ...(await this.#tarballs())])
  }

  /** Runs a command of npm in a folder. */
  npm(folder: string, ...args: string[]): Promise<Outcome> {
    return execute('npm', args, folder)
  }

  /** Runs a file of the project in a Node.js of its own. */
  run(folder: string, ...args: string[]): Promise<Outcome> {
    return execute(process.execPath, args, folder)
  }

  /** Type-checks the project with the compiler of this repository. */
  typeCheck(folder: string): Promise<Outcome> {
    return this.run(folder, fromRepository('node_modules/typescript/bin/tsc'), '-p', '.')
  }

  async remove(): Promise<void> {
    await rm(this.#root, { recursive: true })
  }

  /** Adds packages to a project. */
  async add(installer: Installer, folder: string, packages: readonly string[]): Promise<void> {
    if (installer === 'npm') {
      await mustSucceed(
        'npm',
        ['install', '--prefer-offline', '--no-audit', '--no-fund', ...packages],
        folder
      )
      return
    }
    this.#pnpm ??= this.#installPnpm()
    await mustSucceed(process.execPath, [await this.#pnpm, 'add', '--prefer-offline', ...packages], folder, {
      // What pnpm keeps between installations, it keeps among ours.
      XDG_CACHE_HOME: join(this.#root, 'pnpm-cache'),
      XDG_DATA_HOME: join(this.#root, 'pnpm-data'),
      XDG_STATE_HOME: join(this.#root, 'pnpm-state')
    })
  }

  #tarballs(): Promise<string[]> {
    this.#packed ??= this.#pack()
    return this.#packed
  }

  async #pack(): Promise<string[]> {
    const folder = join(this.#root, 'packed')
    mkdirSync(folder)
    const sources = this.packages.map(name => fromRepository(`packages/${name}`))
    await mustSucceed('npm', ['pack', '--pack-destination', folder, ...sources], folder)
    return readdirSync(folder).map(file => join(folder, file))
  }

  async #installPnpm(): Promise<string> {
    const folder = join(this.#root, 'pnpm')
    mkdirSync(folder)
    writeFileSync(join(folder, 'package.json'), '{ "private": true }')
    await mustSucceed('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', 'pnpm@10'], folder)
    return join(folder, 'node_modules/pnpm/bin/pnpm.cjs')
  }
}

async function mustSucceed(
  file: string,
  args: string[],
  cwd: string,
  env?: NodeJS.ProcessEnv
): Promise<void> {
  const { status, stdout, stderr } = await execute(file, args, cwd, env)
  if (status !== 0) throw new Error(`${file} ${args.join(' ')} failed:\n${stdout}${stderr}`)
}

function execute(file: string, args: string[], cwd: string, env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const options = { cwd, env: { ...userEnvironment(), ...env }, timeout: INSTALL_TIMEOUT_MS }
    const child = execFile(file, args, options, (error, stdout, stderr) => {
      if (error !== null && typeof error.code === 'string') reject(error)
      else resolve({ status: child.exitCode, signal: child.signalCode, stdout, stderr })
    })
  })
}

/** Without what `npm test` and vitest have added, which would make an installer or a script take us for its project. */
function userEnvironment(): NodeJS.ProcessEnv {
  const added = /^(npm_(?!config_)|npm_config_(local_prefix|workspace)|VITEST|NODE_(ENV|OPTIONS|PATH)$)/
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !added.test(name)))
}
