import { lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Consumers, INSTALL_TIMEOUT_MS, INSTALLERS } from './project.js'

/** What is installed in a folder. */
interface Weight {
  readonly packages: number
  /** Mebibytes on disk, as `du` counts them. */
  readonly mebibytes: number
}

/** What an app on Hyperswarm may have installed with us: 65 packages and 43 MiB were measured, with a little room for theirs. */
const WHOLE: Weight = { packages: 68, mebibytes: 45 }

/** How much of it may be there because of us: 5 packages and 9 MiB were measured, nearly all of that zod. */
const OURS: Weight = { packages: 6, mebibytes: 10 }

/** The stack below the networker, and every libsodium but the one of Hyperswarm 4. */
const OLD_STACK = /^(noise-protocol|hypercore-protocol|simple-h.+|@corestore\/.+|sodium-native@[0-4]\..+)/

/** What the file system gives a file at a time. */
const BLOCK_BYTES = 4096

const consumers = new Consumers(['peersockets', 'transport-hyperswarm'])
afterAll(() => consumers.remove(), INSTALL_TIMEOUT_MS)

describe.each(INSTALLERS)('an app on Hyperswarm, installed by %s', installer => {
  const folder = consumers.folder()
  let before: Weight
  beforeAll(async () => {
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
    await consumers.add(installer, folder, ['hyperswarm@4'])
    before = weigh(folder)
    await consumers.addOurs(installer, folder)
  }, 2 * INSTALL_TIMEOUT_MS)

  test('has nothing of the old stack, and one libsodium', () => {
    const packages = installed(folder)
    expect(packages.filter(name => OLD_STACK.test(name))).toEqual([])
    expect(packages.filter(name => name.startsWith('sodium-native@'))).toHaveLength(1)
  })

  test(`has at most ${WHOLE.packages} packages and ${WHOLE.mebibytes} MiB`, () => {
    expect(excess(weigh(folder), WHOLE)).toEqual([])
  })

  test(`has at most ${OURS.packages} packages and ${OURS.mebibytes} MiB of it because of us`, () => {
    const { packages, mebibytes } = weigh(folder)
    const ours = { packages: packages - before.packages, mebibytes: mebibytes - before.mebibytes }
    expect(ours.packages).toBeGreaterThan(0)
    expect(excess(ours, OURS)).toEqual([])
  })

  test('loads no native code when it imports us, and nothing that only the old stack has', async () => {
    const script = `
      import { createRequire } from 'node:module'
      import { Peersockets } from 'peersockets'
      import { hyperswarm } from '@peersockets/transport-hyperswarm'
      new Peersockets(hyperswarm({ connections: [], on() {}, removeListener() {} }))
      console.log(JSON.stringify([
        Object.keys(createRequire(process.cwd() + '/').cache),
        process.report.getReport().sharedObjects.filter(file => file.endsWith('.node'))
      ]))`
    const { status, stdout } = await consumers.run(folder, '--input-type=module', '--eval', script)
    expect(status).toBe(0)
    const [modules, addons]: string[][] = JSON.parse(stdout)
    expect(modules?.filter(file => /sodium|noise|hypercore|networker/.test(file))).toEqual([])
    expect(modules?.length).toBeGreaterThan(0)
    expect(addons).toEqual([])
  })
})

/** In what, and by how much, `weight` is above `limit`. */
function excess(weight: Weight, limit: Weight): string[] {
  return (['packages', 'mebibytes'] as const)
    .filter(unit => weight[unit] > limit[unit])
    .map(unit => `${weight[unit]} ${unit}, not ${limit[unit]}`)
}

function weigh(folder: string): Weight {
  const mebibytes = bytesOnDisk(join(folder, 'node_modules')) / 1024 ** 2
  return { packages: installed(folder).length, mebibytes }
}

/** `name@version` of each package below a folder, wherever an installer puts it. A link to one is none. */
function installed(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(
      entry =>
        entry.name === 'package.json' && /node_modules[\\/](@[^\\/]+[\\/])?[^\\/]+$/.test(entry.parentPath)
    )
    .map(entry => {
      const { name, version }: Record<'name' | 'version', string> = JSON.parse(
        readFileSync(join(entry.parentPath, entry.name), 'utf8')
      )
      return `${name}@${version}`
    })
}

function bytesOnDisk(path: string): number {
  const status = lstatSync(path)
  const own = Math.ceil(status.size / BLOCK_BYTES) * BLOCK_BYTES
  if (!status.isDirectory()) return status.isSymbolicLink() ? 0 : own
  return readdirSync(path).reduce((sum, name) => sum + bytesOnDisk(join(path, name)), own)
}
