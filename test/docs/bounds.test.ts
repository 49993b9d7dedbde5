import { expect, test } from 'vitest'
import * as bounds from '../../packages/peersockets/src/wire/bounds.js'
import { codeSpans, tableRows } from './markdown.js'
import { read } from './repository.js'

test('ARCHITECTURE.md has every bound of wire v1, with its value, and no other', () => {
  const rows = tableRows(read('ARCHITECTURE.md'), 'The bounds of wire v1')
  const documented = rows.map(([name = '', value]) => [codeSpans(name)[0], value])
  const declared = Object.entries(bounds).map(([name, value]) => [name, value.toLocaleString('en-US')])
  expect(documented.toSorted()).toEqual(declared.toSorted())
})
