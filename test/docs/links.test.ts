import { describe, expect, test } from 'vitest'
import { anchorOf, codeBlocks, codeSpans, headings, links } from './markdown.js'
import { CORE, coreModules, DOCUMENTS, exists, read, resolveFrom } from './repository.js'

describe.each(DOCUMENTS)('%s', path => {
  const text = read(path)

  test('links to files and headings that exist', () => {
    const broken = links(text)
      .filter(target => !target.startsWith('https://'))
      .filter(target => {
        const [file = '', anchor] = target.split('#')
        const linked = file === '' ? path : resolveFrom(path, file)
        if (!exists(linked)) return true
        return anchor !== undefined && !headings(read(linked)).map(anchorOf).includes(anchor)
      })
    expect(broken).toEqual([])
  })

  test('names npm scripts that exist', () => {
    const scripts = new Set(['package.json', resolveFrom(path, 'package.json')].flatMap(scriptsIn))
    const commands = [...codeSpans(text), ...codeBlocks(text).map(({ code }) => code)].join('\n')
    const named = Array.from(
      commands.matchAll(/\bnpm (?:run ([\w:]+)|(start|test))\b/g),
      ([, run, short]) => run ?? short ?? ''
    )
    expect(named.filter(name => !scripts.has(name))).toEqual([])
  })
})

/** The scripts that npm finds beside a document. */
function scriptsIn(manifest: string): string[] {
  const { scripts }: { scripts: Record<string, string> } = JSON.parse(read(manifest))
  return Object.keys(scripts)
}

describe('ARCHITECTURE.md', () => {
  const named = codeSpans(read('ARCHITECTURE.md')).filter(code => /^(src|packages)\//.test(code))

  test('names files and folders that exist', () => {
    const missing = named.filter(path => !exists(path) && !exists(`${CORE}/${path}`))
    expect(missing).toEqual([])
  })

  test('says of every room of the core which of its files do the work', () => {
    const rooms = new Set(coreModules().map(path => path.split('/').slice(0, 4).join('/')))
    const mentioned = named.map(path => `${CORE}/${path}`)
    expect([...rooms].filter(room => !mentioned.some(path => path.startsWith(room)))).toEqual([])
  })
})

test('the top README begins with the two lines that show everything', () => {
  const [first] = codeBlocks(read('README.md'))
  expect(first?.code).toMatch(/^npm ci && npm start {4}# .+\nnpm ci && npm test {5}# .+\n$/)
})

test.each([
  'peersockets',
  'codec-json',
  'codec-msgpack',
  'create-plugin',
  'mw-deflate',
  'mw-encrypt',
  'mw-hmac',
  'mw-limit',
  'transport-hyperswarm',
  'testing'
])('packages/%s is published with a README and the licence of the repository', name => {
  expect(exists(`packages/${name}/README.md`)).toBe(true)
  expect(read(`packages/${name}/LICENSE`)).toBe(read('LICENSE'))
})
