import ts from 'typescript'
import { read } from './repository.js'

/** The public members of a class or an interface, by name. */
export function membersOf(path: string, name: string): string[] {
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
