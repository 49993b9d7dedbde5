import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'

const { exports }: { exports: Record<string, { default: string }> } = JSON.parse(
  await readFile(new URL('../package.json', import.meta.url), 'utf8')
)

test('peersockets/plugin has types and nothing that runs', async () => {
  const built = new URL(`../${exports['./plugin']?.default}`, import.meta.url)
  const code = (await readFile(built, 'utf8')).replaceAll(/^\/\/.*$/gm, '').trim()
  expect(code).toBe('')
  expect(Object.keys(await import(built.href))).toEqual([])
})
