import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Where the core is. Paths in these tests are relative to the repository's top folder, with forward slashes. */
export const CORE = 'packages/peersockets'

/** What is written for those who use peersockets, build on it, or read its code. */
export const DOCUMENTS: readonly string[] = [
  ...readdirSync(ROOT).filter(file => file.endsWith('.md')),
  ...['packages', 'examples'].flatMap(folder =>
    readdirSync(join(ROOT, folder)).map(name => `${folder}/${name}/README.md`)
  ),
  'bench/README.md',
  'torture/README.md'
]

export function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

export function exists(path: string): boolean {
  return existsSync(join(ROOT, path))
}

/** The path that `target` means in a document or module at `path`. */
export function resolveFrom(path: string, target: string): string {
  return relative(ROOT, join(ROOT, dirname(path), target)).replaceAll('\\', '/')
}

/** The modules of the core that are published, not those that test it. */
export function coreModules(): string[] {
  return readdirSync(join(ROOT, CORE, 'src'), { recursive: true, encoding: 'utf8' })
    .map(file => file.replaceAll('\\', '/'))
    .filter(file => file.endsWith('.ts') && !/\.test(-d)?\.ts$|^test-support\//.test(file))
    .map(file => `${CORE}/src/${file}`)
}
