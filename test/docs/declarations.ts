import ts from 'typescript'
import { read } from './repository.js'

/** The public members of a class, an interface, or a type of an object, by name. */
export function membersOf(path: string, name: string): string[] {
  const source = ts.createSourceFile(path, read(path), ts.ScriptTarget.ES2022)
  const declaration = source.statements.find(
    statement =>
      (ts.isInterfaceDeclaration(statement) ||
        ts.isClassDeclaration(statement) ||
        ts.isTypeAliasDeclaration(statement)) &&
      statement.name?.text === name
  )
  if (declaration === undefined) throw new Error(`${path} declares no ${name}.`)
  const members: string[] = []
  const visit = (member: ts.Node): void => {
    // What a type is made of, if it says that itself, and not by another name.
    if (ts.isIntersectionTypeNode(member) || ts.isTypeLiteralNode(member)) member.forEachChild(visit)
    if (!ts.isClassElement(member) && !ts.isTypeElement(member)) return
    if (ts.canHaveModifiers(member) && ts.getModifiers(member)?.some(isStatic)) return
    if (member.name === undefined || ts.isPrivateIdentifier(member.name)) return
    members.push(
      ts.isComputedPropertyName(member.name)
        ? computed(member.name.getText(source))
        : member.name.getText(source)
    )
  }
  declaration.forEachChild(visit)
  return members
}

/** What a member with a symbol for a name lets an app write. */
function computed(name: string): string {
  return name === '[Symbol.asyncIterator]' ? 'for await' : 'await using'
}

function isStatic(modifier: ts.Modifier): boolean {
  return modifier.kind === ts.SyntaxKind.StaticKeyword
}
