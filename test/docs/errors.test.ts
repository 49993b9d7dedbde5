import { ERROR_CODES } from 'peersockets'
import { describe, expect, test } from 'vitest'
import { codeSpans, headings, section } from './markdown.js'
import { CORE, DOCUMENTS, read } from './repository.js'

const readme = read(`${CORE}/README.md`)

describe('the README of the core', () => {
  test('has one heading for every error code, in the order of the list, and none for any other', () => {
    expect(headings(readme).filter(heading => heading.startsWith('ERR_'))).toEqual([...ERROR_CODES])
  })

  test.each(ERROR_CODES)('says of %s when it happens, who gets it and what to do', code => {
    const lines = section(readme, code).trim().split(/\\?\n/)
    const labels = lines.flatMap(line => /^(\w+): \S/.exec(line)?.[1] ?? [])
    expect(labels).toEqual(['When', 'Who', 'Do'])
  })
})

/** Codes that plugins have of their own, as those do that show how to write one. */
const ofPlugins = [
  'packages/create-plugin/public/templates/middleware/src/index.ts',
  'examples/third-party-middleware/src/pad.ts'
].flatMap(path => Array.from(read(path).matchAll(/'(ERR_\w+)'/g), ([, code = '']) => code))

test.each(DOCUMENTS)('%s names no error code that does not exist', path => {
  const named = codeSpans(read(path)).filter(code => /^ERR_\w+$/.test(code))
  const known = new Set<string>([...ERROR_CODES, ...ofPlugins])
  expect(named.filter(code => !known.has(code))).toEqual([])
})
