import { describe, expect, test } from 'vitest'
import { headings, tableRows } from './markdown.js'
import { exists, read } from './repository.js'

const PATH = 'SECURITY.md'
const text = read(PATH)

interface Claim {
  readonly claim: string
  /** The cell that says what shows it. */
  readonly shown: string
}

const claims: Claim[] = headings(text)
  .flatMap(heading => tableRows(text, heading))
  .map(([claim = '', shown = '']) => ({ claim, shown }))

describe('SECURITY.md', () => {
  test('claims something of everybody who may attack', () => {
    const attackers = headings(text).slice(headings(text).indexOf('Assumptions') + 1, -1)
    expect(attackers.filter(heading => tableRows(text, heading).length === 0)).toEqual([])
  })

  test.each(claims)('names tests that exist for: $claim', ({ shown }) => {
    const named = Array.from(shown.matchAll(/\[([^\]]+)\]\(([^)]+)\)/g), ([, title = '', path = '']) => ({
      title,
      path
    }))
    expect(named.length).toBeGreaterThan(0)
    for (const { title, path } of named) {
      expect(exists(path), path).toBe(true)
      expect(read(path).includes(title), `${path} has a test with the title: ${title}`).toBe(true)
    }
  })
})
