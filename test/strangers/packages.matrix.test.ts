import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Consumers, fromRepository, INSTALL_TIMEOUT_MS } from '../install/project.js'

// About a minute, most of it in compilers and one installation.

/** What a stranger installs, packed as for publishing. */
const consumers = new Consumers(['peersockets', 'testing'])
const scaffold = new Consumers(['create-plugin'])
afterAll(() => Promise.all([consumers.remove(), scaffold.remove()]), INSTALL_TIMEOUT_MS)

const EXAMPLE = fromRepository('examples/third-party-middleware')

/** Packages of a stranger. Two have names that a template could have taken for something else. */
const MIDDLEWARE = {
  title: 'a middleware that create-plugin wrote',
  name: '@me/mw-test',
  use: 'middleware: [plugin.test()]',
  files: ['dist/index.d.ts', 'dist/index.js']
}
const CODEC = {
  title: 'a codec that create-plugin wrote',
  name: 'codec-utf-8',
  use: 'codec: plugin.utf8()',
  files: ['dist/index.d.ts', 'dist/index.js']
}
const THIRD_PARTY = {
  title: 'the example of a third party',
  name: '@stranger/mw-pad',
  use: 'middleware: [plugin.pad()]',
  files: ['dist/pad.d.ts', 'dist/pad.js']
}

/** A folder for each, with nothing else in it. */
const folders = new Map([MIDDLEWARE, CODEC, THIRD_PARTY].map(({ name }) => [name, consumers.folder()]))

function folderOf({ name }: { readonly name: string }): string {
  return folders.get(name) ?? expect.fail(`There is no folder of ${name}.`)
}

beforeAll(async () => {
  const tools = scaffold.folder()
  writeFileSync(join(tools, 'package.json'), '{ "private": true }')
  await scaffold.complete(tools)
  for (const [plugin, kind] of [
    [MIDDLEWARE, 'middleware'],
    [CODEC, 'codec']
  ] as const) {
    const args = [plugin.name, '--kind', kind, '--folder', folderOf(plugin)]
    expect(await scaffold.npm(tools, 'exec', '--', 'create-plugin', ...args)).toMatchObject({ status: 0 })
  }
  for (const entry of readdirSync(EXAMPLE)) {
    if (entry === 'node_modules' || entry === 'dist') continue
    cpSync(join(EXAMPLE, entry), join(folderOf(THIRD_PARTY), entry), { recursive: true })
  }

  // They want the same packages, so that one installation does for all.
  await consumers.complete(folderOf(MIDDLEWARE))
  for (const folder of [CODEC, THIRD_PARTY].map(folderOf)) {
    expect(wantedBy(folder)).toEqual(wantedBy(folderOf(MIDDLEWARE)))
    symlinkSync(join(folderOf(MIDDLEWARE), 'node_modules'), join(folder, 'node_modules'), 'junction')
  }
}, INSTALL_TIMEOUT_MS)

/** The packages that a package asks for, and which versions of those that are not ours. */
function wantedBy(folder: string): unknown {
  const ours = (name: string) => name === 'peersockets' || name.startsWith('@peersockets/')
  const { dependencies, peerDependencies, devDependencies } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
    (key, value) => (ours(key) ? 'ours' : value)
  )
  return { dependencies, peerDependencies, devDependencies }
}

describe.each([MIDDLEWARE, CODEC, THIRD_PARTY])(
  'in an empty folder, with the packed packages, $title',
  plugin => {
    const npm = (...args: string[]) => consumers.npm(folderOf(plugin), ...args)

    test('passes its tests', async () => {
      const { status, stdout } = await npm('test')
      expect(stdout).toMatch(/^\S+ fail 0$/m)
      expect(Number(/^\S+ pass (\d+)$/m.exec(stdout)?.[1])).toBeGreaterThanOrEqual(18)
      expect(status).toBe(0)
    })

    test('has right types', async () => {
      expect(await npm('run', 'types')).toMatchObject({ status: 0 })
    })

    test('is built when it is packed, with what a user needs and nothing else', async () => {
      expect(await npm('pack')).toMatchObject({ status: 0 })
      const { stdout } = await npm('pack', '--dry-run', '--json', '--ignore-scripts')
      const [packed] = JSON.parse(stdout)
      const files = packed.files.map(({ path }: { path: string }) => path)
      expect(files.sort()).toEqual(['LICENSE', 'README.md', ...plugin.files, 'package.json'].sort())
    })

    test('is as publint wants it', async () => {
      expect(await npm('run', 'lint')).toMatchObject({ status: 0 })
    })

    test('is taken by a topic, as a user imports it', async () => {
      const script = `
      import * as plugin from '${plugin.name}'
      import { defineTopic } from 'peersockets'
      console.log(defineTopic({ name: 'x', ${plugin.use} }).name)`
      const outcome = await consumers.run(folderOf(plugin), '--input-type=module', '--eval', script)
      expect(outcome).toMatchObject({ status: 0, stdout: 'x\n' })
    })
  }
)

describe('who tests a plugin alone', () => {
  /** The packages that are installed, wherever npm has put them. */
  function installed(): string[] {
    const paths = readdirSync(join(folderOf(MIDDLEWARE), 'node_modules'), {
      recursive: true,
      encoding: 'utf8'
    })
    return paths
      .map(path => path.replaceAll('\\', '/'))
      .flatMap(path => /(?:^|node_modules\/)((?:@[^/]+\/)?[^/]+)\/package\.json$/.exec(path)?.[1] ?? [])
  }

  test('installs no network, and no sodium', () => {
    const networks = [
      '@corestore/networker',
      'corestore',
      'hypercore-protocol',
      'hyperswarm',
      'hyperdht',
      'udx-native',
      'noise-protocol',
      'sodium-native',
      'sodium-universal'
    ]
    expect(installed()).toEqual(expect.arrayContaining(['peersockets', '@types/node']))
    expect(installed().filter(name => networks.includes(name))).toEqual([])
  })

  test.each([
    ['networker', 'npm install --save-dev @corestore/networker@1 corestore@5'],
    ['memory', 'npm install --save-dev hypercore-protocol@8'],
    ['hyperswarm', 'npm install --save-dev hyperswarm@4'],
    ['hyperswarm-memory', 'npm install --save-dev @hyperswarm/secret-stream@6']
  ])('is told what to install for a network on %s', async (stack, command) => {
    const script = `
      import { createNetwork } from '@peersockets/testing'
      createNetwork({ stack: '${stack}' }).catch(error => console.log(error.message))`
    const { status, stdout } = await consumers.run(
      folderOf(MIDDLEWARE),
      '--input-type=module',
      '--eval',
      script
    )
    expect(stdout).toMatch(/^\S+( > \S+)* is not installed, .+\n$/)
    expect(stdout).toContain(command)
    expect(status).toBe(0)
  })

  test('is told that a hyperswarm of another generation is not the one that is wanted', async () => {
    const folder = join(folderOf(MIDDLEWARE), 'node_modules/hyperswarm')
    mkdirSync(folder)
    writeFileSync(join(folder, 'index.js'), 'module.exports = () => ({})')
    const script = `
      import { createNetwork } from '@peersockets/testing'
      createNetwork({ stack: 'hyperswarm' }).catch(error => console.log(error.message))`
    const { stdout } = await consumers.run(folderOf(MIDDLEWARE), '--input-type=module', '--eval', script)
    expect(stdout).toBe(
      'The hyperswarm that is installed is not version 4. Run: npm install --save-dev hyperswarm@4\n'
    )
  })
})
