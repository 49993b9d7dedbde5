import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import own from '../package.json' with { type: 'json' }

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url))

/** Ends the process that would look up a host, connect, or start another process. */
const ALONE = `data:text/javascript,${encodeURIComponent(`
  import childProcess from 'node:child_process'
  import dns from 'node:dns'
  import { syncBuiltinESMExports } from 'node:module'
  import net from 'node:net'
  const refuse = () => process.exit(99)
  net.Socket.prototype.connect = dns.lookup = childProcess.spawn = childProcess.spawnSync = refuse
  syncBuiltinESMExports()`)}`

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'create-plugin-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

function create(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', ALONE, MAIN, ...args], {
    cwd: folder,
    encoding: 'utf8'
  })
  return { status, stdout, stderr }
}

const read = (...path: string[]) => readFileSync(join(folder, ...path), 'utf8')

/** The files below the folder that the program was called in. */
function written(): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(({ parentPath, name }) =>
      join(parentPath, name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/')
    )
    .sort()
}

describe('create-plugin', () => {
  test.each(['middleware', 'codec'])('writes a %s, with its name everywhere, and says what is next', kind => {
    const { status, stdout, stderr } = create('@me/x-rate.of-change', '--kind', kind)
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toContain('cd x-rate.of-change\n')
    const files = [
      '.gitignore',
      'LICENSE',
      'README.md',
      'package.json',
      'src/index.test.ts',
      'src/index.ts',
      'tsconfig.json'
    ]
    expect(written()).toEqual(files.map(file => `x-rate.of-change/${file}`))
    const texts = files.map(file => read('x-rate.of-change', file))
    expect(texts.join('')).not.toMatch(/__\w+__/)
    expect(read('x-rate.of-change', 'src/index.ts')).toContain('export function xRateOfChange()')
    expect(read('x-rate.of-change', 'src/index.ts')).toContain("name: 'me/x-rate.of-change'")
    expect(JSON.parse(read('x-rate.of-change', 'package.json'))).toMatchObject({
      name: '@me/x-rate.of-change',
      peerDependencies: { peersockets: `^${own.version}` },
      devDependencies: { peersockets: `^${own.version}`, '@peersockets/testing': `^${own.version}` },
      keywords: ['peersockets', `peersockets-${kind}`],
      sideEffects: false,
      files: ['dist']
    })
  })

  test.each([
    ['@me/mw-rate', 'middleware', 'mw-rate', 'me/rate'],
    ['codec-rate', 'codec', 'codec-rate', 'rate'],
    ['mw-rate', 'codec', 'mw-rate', 'mw-rate']
  ])('takes the kind off the name of %s, a %s, and leaves the scope in it', (name, kind, into, wireName) => {
    expect(create(name, '--kind', kind).status).toBe(0)
    expect(read(into, 'src/index.ts')).toContain(`name: '${wireName}'`)
  })

  test('writes into the folder that it is told, if that is empty', () => {
    mkdirSync(join(folder, 'here'))
    expect(create('mw-rate', '--kind=middleware', '--folder', 'here').status).toBe(0)
    expect(existsSync(join(folder, 'here/package.json'))).toBe(true)
    expect(create('mw-rate', '--kind=middleware', '--folder', 'deep/er').status).toBe(0)
    expect(existsSync(join(folder, 'deep/er/package.json'))).toBe(true)
  })

  test('builds with the tools of this repository', () => {
    create('mw-rate', '--kind', 'middleware')
    const { devDependencies } = JSON.parse(read('mw-rate', 'package.json'))
    const root = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'))
    for (const tool of ['@types/node', 'publint', 'tsup', 'tsx', 'typescript']) {
      expect([tool, devDependencies[tool]]).toEqual([tool, root.devDependencies[tool]])
    }
  })

  test.each([['--help'], ['-h'], ['mw-rate', '--kind', 'middleware', '--help']])(
    'says with %s how it is used',
    (...args) => {
      const { status, stdout, stderr } = create(...args)
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
      for (const word of ['npm create @peersockets/plugin', '--kind', '--folder', 'middleware', 'codec'])
        expect(stdout).toContain(word)
      expect(written()).toEqual([])
    }
  )
})

const KIND = ['--kind', 'middleware']

describe('create-plugin writes nothing, and says in a sentence what is wrong, when', () => {
  test.each([
    ['there is no name', KIND, 'The package needs a name'],
    ['there are two names', ['a', 'b', ...KIND], 'not also b'],
    ['no kind is given', ['mw-rate'], '--kind middleware or --kind codec'],
    ['the kind is none', ['mw-rate', '--kind', 'wheel'], "not 'wheel'"],
    ['the kind has no value', ['mw-rate', '--kind'], '--kind'],
    ['there is no such option', ['mw-rate', ...KIND, '--force'], "'--force'"],
    ['npm takes no capitals', ['mw-Rate', ...KIND], "'mw-Rate'"],
    ['npm takes no spaces', ['mw rate', ...KIND], "'mw rate'"],
    ['the name is that of a module of Node', ['http', ...KIND], "'http'"],
    ['the name is a path', ['../mw-rate', ...KIND], "'../mw-rate'"],
    ['the name is a path behind a scope', ['@me/..', ...KIND], "'@me/..'"],
    ['there is a scope alone', ['@me/', ...KIND], "'@me/'"],
    ['the name is too long', ['x'.repeat(215), ...KIND], '214'],
    ['a kind is all that the name says', ['mw-', ...KIND], 'No function can be called'],
    ['the name begins with a digit', ['mw-7', ...KIND], "No function can be called '7'"],
    ['the name is a word of the language', ['mw-await', ...KIND], "No function can be called 'await'"],
    ['the name has a meaning in a pipeline', ['mw-batch', ...KIND], "'batch' means something else"],
    ['the folder is an empty word', ['mw-rate', ...KIND, '--folder', ''], '--folder needs a path']
  ])('%s', (_, args, sentence) => {
    const { status, stdout, stderr } = create(...args)
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr).toContain(sentence)
    expect(stderr).toContain('--help')
    expect(stderr).not.toMatch(/^\s+at /m)
    expect(written()).toEqual([])
  })

  test('the folder is not empty', () => {
    mkdirSync(join(folder, 'mw-rate'))
    writeFileSync(join(folder, 'mw-rate/package.json'), 'mine')
    const { status, stderr } = create('mw-rate', ...KIND)
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining('mw-rate is not empty') })
    expect(written()).toEqual(['mw-rate/package.json'])
    expect(read('mw-rate/package.json')).toBe('mine')
  })

  test('the folder is a file, or below one', () => {
    writeFileSync(join(folder, 'mw-rate'), 'mine')
    expect(create('mw-rate', ...KIND)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('is no folder')
    })
    const below = create('mw-rate', ...KIND, '--folder', 'mw-rate/below')
    expect(below).toMatchObject({ status: 1, stderr: expect.stringContaining('ENOTDIR') })
    expect(below.stderr).not.toMatch(/^\s+at /m)
    expect(read('mw-rate')).toBe('mine')
  })
})
