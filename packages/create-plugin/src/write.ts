import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { manifestOf } from './manifest.js'
import type { Plugin } from './plugin.js'

/** Beside the built module, where the build puts what is in `public`. */
const TEMPLATES = fileURLToPath(new URL('templates', import.meta.url))

/** Writes the package. Its folder is empty or does not exist. */
export function write(plugin: Plugin): void {
  for (const set of ['common', plugin.kind]) {
    const from = join(TEMPLATES, set)
    for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const source = join(entry.parentPath, entry.name)
      put(plugin, source.slice(from.length + 1), filledIn(plugin, readFileSync(source, 'utf8')))
    }
  }
  put(plugin, 'package.json', `${JSON.stringify(manifestOf(plugin), null, 2)}\n`)
}

function put({ folder }: Plugin, path: string, text: string): void {
  // npm leaves a file of that name out of a package.
  const target = join(folder, path === 'gitignore' ? '.gitignore' : path)
  mkdirSync(dirname(target), { recursive: true })
  // Somebody may have written there meanwhile.
  writeFileSync(target, text, { flag: 'wx' })
}

function filledIn({ packageName, wireName, identifier }: Plugin, text: string): string {
  return text
    .replaceAll('__package__', packageName)
    .replaceAll('__wire__', wireName)
    .replaceAll('__identifier__', identifier)
    .replaceAll('__year__', String(new Date().getFullYear()))
}
