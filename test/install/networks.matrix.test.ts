import { afterAll, expect, test } from 'vitest'
import { Consumers, INSTALL_TIMEOUT_MS } from './project.js'

// Two to three minutes, nearly all of it in installations.

const consumers = new Consumers(['peersockets', 'testing'])
afterAll(() => consumers.remove(), INSTALL_TIMEOUT_MS)

const connect = (stack: string) => `
  import { createNetwork } from '@peersockets/testing'
  try {
    const network = await createNetwork({ stack: '${stack}', peers: 2 })
    console.log(network.streams(0, 1).length)
    await network.close()
  } catch (error) {
    console.log(error.message)
  }`

test.each([
  ['npm', 'networker'],
  ['npm', 'memory'],
  ['npm', 'hyperswarm'],
  ['npm', 'hyperswarm-memory'],
  ['pnpm', 'networker'],
  ['pnpm', 'hyperswarm']
] as const)(
  'with %s, what createNetwork says to install is what a network on %s needs',
  async (installer, stack) => {
    const folder = await consumers.install({ installer })
    const run = () => consumers.run(folder, '--input-type=module', '--eval', connect(stack))
    const { stdout } = await run()
    const [, packages] = /Run: npm install --save-dev (.+)\n$/.exec(stdout) ?? []
    expect(packages, stdout).toBeDefined()
    await consumers.add(installer, folder, packages?.split(' ') ?? [])
    expect(await run()).toMatchObject({ status: 0, stdout: '2\n' })
  },
  INSTALL_TIMEOUT_MS
)
