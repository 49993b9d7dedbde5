import { read } from '@changesets/config'
import { getPackages } from '@manypkg/get-packages'
import { expect, test, vi } from 'vitest'
import { ROOT } from '../docs/repository.js'
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
