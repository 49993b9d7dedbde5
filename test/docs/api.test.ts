import { expect, test } from 'vitest'
import { membersOf } from './declarations.js'
import { tableRows } from './markdown.js'
import { CORE, read } from './repository.js'

/** A heading of the README with tables, and the declarations whose members are their rows. */
const TABLES = [
  {
    heading: 'Peersockets',
    file: 'peersockets.ts',
    names: ['PeersocketsOptions', 'Peersockets', 'PeersocketsEvents']
  },
  { heading: 'Options of join', file: 'topic/join-options.ts', names: ['JoinOptions'] },
  { heading: 'A handle', file: 'topic/handle.ts', names: ['TopicHandle'] },
  {
    heading: 'defineTopic',
    file: 'topic/definition-types.ts',
    names: ['BaseDefinition', 'PrivateDefinition', 'PublicDefinition', 'TypedDefinition']
  },
  { heading: 'Stats', file: 'stats.ts', names: ['Stats'] }
]

test.each(TABLES)(
  'the README says under $heading what every member is, and of no other',
  ({ heading, file, names }) => {
    const declared = names.flatMap(name => membersOf(`${CORE}/src/${file}`, name))
    const documented = tableRows(read('README.md'), heading).flatMap(([cell = '']) => memberOf(cell) ?? [])
    expect([...new Set(documented)].sort()).toEqual([...new Set(declared)].sort())
  }
)

/** The member that the first cell of a row is about; undefined in the head of a table. */
function memberOf(cell: string): string | undefined {
  const [, event, member] = /^`(?:on\('(\w+)'|(for await|await using|\w+))/.exec(cell) ?? []
  return event ?? member
}
