import { execFileSync } from 'node:child_process'
import { isBuiltin } from 'node:module'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { links } from '../docs/markdown.js'
import { ROOT, read } from '../docs/repository.js'
import { PUBLIC_PACKAGES } from './public.js'

interface Packed {
  readonly name: string
  readonly files: readonly { readonly path: string }[]
}

const packed: readonly Packed[] = JSON.parse(
  execFileSync(
    'npm',
    [
      'pack',
      '--dry-run',
      '--json',
      '--ignore-scripts',
      ...PUBLIC_PACKAGES.map(({ folder }) => `./${folder}`)
    ],
    { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }
  )
)

const tarballs = PUBLIC_PACKAGES.map(({ folder, manifest }) => {
  const files = packed.find(({ name }) => name === manifest.name)?.files ?? []
  return { ...manifest, folder, paths: files.map(({ path }) => path) }
})

test('every package in `packages` is looked at', () => {
  expect(packed.map(({ name }) => name).sort()).toEqual(
    PUBLIC_PACKAGES.map(({ manifest }) => manifest.name).sort()
  )
})

describe.each(tarballs)('the tarball of $name', ({ name, folder, paths, sideEffects, ...manifest }) => {
  test('has README, LICENSE, package.json, dist, and nothing else', () => {
    expect(paths.filter(path => !path.startsWith('dist/')).sort()).toEqual([
      'LICENSE',
      'README.md',
      'package.json'
    ])
    expect(paths.some(path => path.startsWith('dist/'))).toBe(true)
  })

  test('has whatever its README links to, because npm shows that alone', () => {
    const files = links(read(`${folder}/README.md`))
      .filter(target => !/^(https:|#)/.test(target))
      .map(target => target.replace(/#.*/, ''))
    expect(files.filter(file => !paths.includes(file))).toEqual([])
  })

  test('has no source map, and no word of one: the code in it is readable, and what it was made of is not there', () => {
    expect(paths.filter(path => path.endsWith('.map'))).toEqual([])
    const scripts = paths.filter(path => /\.[cm]?[jt]s$/.test(path))
    expect(scripts.filter(path => read(`${folder}/${path}`).includes('sourceMappingURL='))).toEqual([])
  })

  test('tells bundlers that what is not used may go, but for files that are there to act', () => {
    const acting = sideEffects === false ? [] : sideEffects
    expect(Array.isArray(acting)).toBe(true)
    expect([acting].flat().filter(path => !paths.includes(String(path).replace('./', '')))).toEqual([])
  })
  test('imports nothing but what npm installs with it: what packages share without being published is in each of them', () => {
    const { dependencies, peerDependencies } = manifest
    const installed = [name, ...Object.keys({ ...dependencies, ...peerDependencies })]
    const imported = paths
      .filter(path => /\.(c?js|d\.ts)$/.test(path))
      .flatMap(path => ts.preProcessFile(read(`${folder}/${path}`), true, true).importedFiles)
      .map(({ fileName }) => fileName)
      .filter(id => !id.startsWith('.') && !isBuiltin(id))
    expect(imported.filter(id => !installed.includes(packageOf(id)))).toEqual([])
  })
})

function packageOf(id: string): string {
  return id
    .split('/')
    .slice(0, id.startsWith('@') ? 2 : 1)
    .join('/')
}
