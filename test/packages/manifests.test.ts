import { read } from '@changesets/config'
import { getPackages } from '@manypkg/get-packages'
import { expect, test, vi } from 'vitest'
import { ROOT, read as readFile } from '../docs/repository.js'
import { PUBLIC_PACKAGES } from './public.js'

const names = PUBLIC_PACKAGES.map(({ manifest }) => manifest.name).sort()

test('changesets gives all packages one version', async () => {
  // It prints that `*`, as our packages want each other here, means no prerelease.
  vi.spyOn(console, 'error').mockReturnValue()
  const { fixed } = await read(ROOT, await getPackages(ROOT))
  expect(fixed.map(group => [...group].filter(name => names.includes(name)).sort())).toEqual([names])
})

// A package without the script would be passed over.
test.each(PUBLIC_PACKAGES)(
  '$manifest.name is looked at by publint, and by attw if it can be imported',
  ({ manifest }) => {
    expect(manifest.scripts?.publint).toBe('publint --strict')
    if (manifest.exports?.['.'] !== undefined)
      expect(manifest.scripts?.attw).toMatch(/^attw --pack \. --profile esm-only/)
  }
)

test('all packages have one version now', () => {
  expect(new Set(PUBLIC_PACKAGES.map(({ manifest }) => manifest.version)).size).toBe(1)
})

interface Lock {
  readonly packages: Readonly<Record<string, LockedPackage>>
}

interface LockedPackage {
  readonly hasInstallScript?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
}

const lock: Lock = JSON.parse(readFile('package-lock.json'))

/** Packages of either network, and what they encrypt with. */
const NETWORK = /^(@corestore\/.+|@hyperswarm\/.+|corestore|hyper.+|(noise|simple|sodium|udx|utp)-.+)$/

// The network is the app's choice, and comes with an encryption of its own: a second one would weigh more than all of ours.
test.each(PUBLIC_PACKAGES)('$manifest.name brings in no network, and no native code', ({ folder }) => {
  const locked = dependenciesOf(folder)
  expect([...locked].map(nameOf).filter(name => NETWORK.test(name))).toEqual([])
  expect([...locked].filter(path => lock.packages[path]?.hasInstallScript)).toEqual([])
})

/** Where the lock file has what comes with a package: its dependencies, and theirs. Without what msgpackr calls optional. */
function dependenciesOf(path: string, found = new Set<string>()): Set<string> {
  for (const name of Object.keys(lock.packages[path]?.dependencies ?? {})) {
    const dependency = locate(name, path)
    if (found.has(dependency)) continue
    found.add(dependency)
    dependenciesOf(dependency, found)
  }
  return found
}

/** Where a package finds another: in its own `node_modules`, or in those of a folder that it is in. */
function locate(name: string, from: string): string {
  const path = `${from}${from && '/'}node_modules/${name}`
  if (path in lock.packages) return path
  if (from === '') throw new Error(`The lock file has no ${name}.`)
  return locate(name, from.slice(0, Math.max(0, from.lastIndexOf('/'))))
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
}
