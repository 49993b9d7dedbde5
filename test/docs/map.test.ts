import { describe, expect, test } from 'vitest'
import { codeSpans, tableRows } from './markdown.js'
import { CORE, exists, read } from './repository.js'

const text = read('ARCHITECTURE.md')

/** The rows of a table of ARCHITECTURE.md, each with the file that it is about, and the first word of code beside that. */
function placesUnder(heading: string, column: number) {
  return tableRows(text, heading).flatMap(cells => {
    const [file, word] = codeSpans(cells.slice(column).join(' '))
    const isPlace = codeSpans(cells[column] ?? '').length > 0
    return isPlace && file !== undefined && word !== undefined ? [{ of: cells[0], file, word }] : []
  })
}

describe('the table of where to begin', () => {
  const places = placesUnder('Where to begin', 1)

  test('has twelve tasks', () => {
    expect(places).toHaveLength(12)
  })

  test.each(places)('to $of: $file has $word', ({ file, word }) => {
    expect(read(`${CORE}/${file}`)).toContain(word)
  })
})

describe.each(['Out: `room.send(message, peer)`', 'In'])('the life of a message, %s', heading => {
  const steps = placesUnder(heading, 1)

  test.each(steps)('passes $word of $file', ({ file, word }) => {
    expect(exists(`${CORE}/${file}`)).toBe(true)
    expect(read(`${CORE}/${file}`)).toMatch(new RegExp(`(^|[^\\w#])${word}\\b`, 'm'))
  })

  test('passes each file once', () => {
    const files = steps.map(({ file }) => file)
    expect(files).toEqual([...new Set(files)])
    expect(files.length).toBeGreaterThanOrEqual(9)
  })
})

test('a message goes down the rooms on its way out', () => {
  const rooms = tableRows(text, 'The rooms').map(([, , files = '']) => codeSpans(files))
  const passed = placesUnder('Out: `room.send(message, peer)`', 1).map(({ file }) =>
    rooms.findIndex(places => places.some(place => file.startsWith(place)))
  )
  expect(passed).toEqual(passed.toSorted((one, other) => one - other))
})
