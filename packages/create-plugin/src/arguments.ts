import { existsSync, readdirSync, statSync } from 'node:fs'
import { parseArgs } from 'node:util'
import validate from 'validate-npm-package-name'
import { identifierOf, KINDS, type Kind, type Plugin, shortNameOf, unscoped, wireNameOf } from './plugin.js'

/** A mistake in the arguments, said in a sentence. */
export class UsageError extends Error {}

const OPTIONS = {
  kind: { type: 'string' },
  folder: { type: 'string' },
  help: { type: 'boolean', short: 'h' }
} as const

/** What peersockets itself writes where the names of plugins stand. */
const OWN_NAMES = ['raw', 'batch']

/** What the arguments ask for; undefined if for help. Throws a {@link UsageError}. */
export function readArguments(args: readonly string[]): Plugin | undefined {
  const { values, positionals } = parse(args)
  if (values.help === true) return undefined
  const [packageName, ...more] = positionals
  if (packageName === undefined)
    throw new UsageError('The package needs a name, such as mw-rate or @me/mw-rate.')
  if (more.length > 0) throw new UsageError(`One name is wanted, not also ${more.join(' ')}.`)
  const kind = readKind(values.kind)
  checkName(packageName)
  const wireName = wireNameOf(packageName, kind)
  const shortName = shortNameOf(packageName, kind)
  if (OWN_NAMES.includes(wireName)) {
    throw new UsageError(`In a pipeline '${wireName}' means something else already: take another name.`)
  }
  const identifier = identifierOf(shortName)
  if (identifier === undefined) {
    throw new UsageError(
      `No function can be called '${shortName}', which is what the plugin would be: take another name.`
    )
  }
  const folder = values.folder ?? unscoped(packageName)
  checkFolder(folder)
  return { kind, packageName, wireName, identifier, folder }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true })
  } catch (error) {
    // Of the arguments alone: an option that is not known, or has no value.
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

function readKind(kind: string | undefined): Kind {
  const known = KINDS.find(each => each === kind)
  if (known !== undefined) return known
  const wanted = `Say which kind of plugin it is: --kind ${KINDS.join(' or --kind ')}`
  throw new UsageError(kind === undefined ? `${wanted}.` : `${wanted}, not '${kind}'.`)
}

function checkName(name: string): void {
  const { validForNewPackages, errors = [], warnings = [] } = validate(name)
  if (!validForNewPackages) {
    throw new UsageError(`npm does not take the name '${name}': ${[...errors, ...warnings].join('; ')}.`)
  }
}

function checkFolder(folder: string): void {
  if (folder === '') throw new UsageError('--folder needs a path.')
  if (!existsSync(folder)) return
  if (!statSync(folder).isDirectory()) throw new UsageError(`${folder} exists, and is no folder.`)
  if (readdirSync(folder).length > 0) {
    throw new UsageError(`${folder} is not empty: take another name, or another --folder.`)
  }
}
