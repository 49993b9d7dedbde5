import { isBuiltin } from 'node:module'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { codeSpans, tableRows } from './markdown.js'
import { CORE, coreModules, read, resolveFrom } from './repository.js'

interface Import {
  readonly from: string
  readonly to: string
}

/** The rooms from top to bottom, as ARCHITECTURE.md has them: for each, the files or folders that it is made of. */
const rooms = tableRows(read('ARCHITECTURE.md'), 'The rooms').map(([, , files = '']) =>
  codeSpans(files).map(path => `${CORE}/${path}`)
)

const imports: Import[] = coreModules().flatMap(from =>
  ts.preProcessFile(read(from), true, true).importedFiles.map(({ fileName }) => ({ from, to: fileName }))
)
const inside = imports
  .filter(({ to }) => to.startsWith('.'))
  .map(({ from, to }) => ({ from, to: resolveFrom(from, to).replace(/\.js$/, '.ts') }))
const outside = imports.filter(({ to }) => !to.startsWith('.'))

function roomOf(path: string): number {
  return rooms.findIndex(places =>
    places.some(place => (place.endsWith('/') ? path.startsWith(place) : path === place))
  )
}

describe('in the core', () => {
  test('every file stands in a room', () => {
    expect(coreModules().filter(path => roomOf(path) === -1)).toEqual([])
  })

  test('imports run down the rooms, never up', () => {
    expect(inside.filter(({ from, to }) => roomOf(to) < roomOf(from))).toEqual([])
  })

  test('every room but the top is imported by one above it', () => {
    const reached = new Set(
      inside.filter(({ from, to }) => roomOf(from) < roomOf(to)).map(({ to }) => roomOf(to))
    )
    expect([...reached].sort()).toEqual([...rooms.keys()].slice(1))
  })

  test('nothing of Node is imported but `events`, and that without `node:`', () => {
    const builtins = outside.map(({ to }) => to).filter(id => id.startsWith('node:') || isBuiltin(id))
    expect(new Set(builtins)).toEqual(new Set(['events']))
  })

  test('nothing else is imported that is not a dependency', () => {
    const { dependencies }: { dependencies: Record<string, string> } = JSON.parse(
      read(`${CORE}/package.json`)
    )
    const packages = outside.filter(({ to }) => !isBuiltin(to)).map(({ to }) => packageOf(to))
    expect(packages.filter(name => !(name in dependencies))).toEqual([])
  })
})

function packageOf(id: string): string {
  return id
    .split('/')
    .slice(0, id.startsWith('@') ? 2 : 1)
    .join('/')
}
