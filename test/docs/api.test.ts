import ts from 'typescript'
import { expect, test } from 'vitest'
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
  { heading: 'defineTopic', file: 'topic/definition.ts', names: ['CommonDefinition', 'TypedDefinition'] },
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

/** The public members of a class or an interface, by name. */
function membersOf(path: string, name: string): string[] {
  const source = ts.createSourceFile(path, read(path), ts.ScriptTarget.ES2022)
  const declaration = source.statements.find(
    statement =>
      (ts.isInterfaceDeclaration(statement) || ts.isClassDeclaration(statement)) &&
      statement.name?.text === name
  )
  if (declaration === undefined) throw new Error(`${path} declares no ${name}.`)
  const members: string[] = []
  declaration.forEachChild(member => {
    if (!ts.isClassElement(member) && !ts.isTypeElement(member)) return
    if (ts.canHaveModifiers(member) && ts.getModifiers(member)?.some(isStatic)) return
    if (member.name === undefined || ts.isPrivateIdentifier(member.name)) return
    members.push(ts.isComputedPropertyName(member.name) ? 'for await' : member.name.getText(source))
  })
  return members
}

function isStatic(modifier: ts.Modifier): boolean {
  return modifier.kind === ts.SyntaxKind.StaticKeyword
}

/** The member that the first cell of a row is about; undefined in the head of a table. */
function memberOf(cell: string): string | undefined {
  const [, event, member] = /^`(?:on\('(\w+)'|(for await|\w+))/.exec(cell) ?? []
  return event ?? member
}
