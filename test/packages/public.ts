import { readdirSync } from 'node:fs'
import { read } from '../docs/repository.js'

/** What these tests read of a `package.json`. */
export interface Manifest {
  readonly name: string
  readonly version: string
  readonly private?: boolean
  readonly sideEffects?: boolean | readonly string[]
  readonly exports?: Readonly<Record<string, unknown>>
  readonly scripts?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

/** A package that is published. A new folder under `packages` is one unless its `package.json` says `private`. */
export interface PublicPackage {
  /** Relative to the repository's top folder. */
  readonly folder: string
  readonly manifest: Manifest
}

export const PUBLIC_PACKAGES: readonly PublicPackage[] = readdirSync(
  new URL('../../packages', import.meta.url)
)
  .map(name => {
    const folder = `packages/${name}`
    const manifest: Manifest = JSON.parse(read(`${folder}/package.json`))
    return { folder, manifest }
  })
  .filter(({ manifest }) => !manifest.private)
