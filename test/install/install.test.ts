import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { APPS, Consumers, EXCHANGED, exchanged, INSTALL_TIMEOUT_MS, type Plan, STACK } from './project.js'

const consumers = new Consumers()
afterAll(() => consumers.remove(), INSTALL_TIMEOUT_MS)

const TYPED = APPS.map(app => [app, EXCHANGED] as const)

const PLANS: [title: string, plan: Plan, apps: readonly (readonly [app: string, outcome: unknown])[]][] = [
  ['by npm, beside the network stack', { installer: 'npm', beside: STACK }, TYPED],
  [
    'by npm, into a project that had the network stack and hyperswarm 4 before',
    { installer: 'npm', before: [...STACK, 'hyperswarm@4'] },
    [...TYPED, ['both-networks.mjs', exchanged(3)]]
  ],
  ['by pnpm, beside the network stack', { installer: 'pnpm', beside: STACK }, TYPED]
]

describe.each(PLANS)('the packed packages, installed %s', (_, plan, apps) => {
  let project: string
  beforeAll(async () => {
    project = await consumers.install(plan)
  }, INSTALL_TIMEOUT_MS)

  test.each(apps)('exchange typed, signed messages: %s', async (app, outcome) => {
    expect(await consumers.run(project, app)).toEqual(outcome)
  })
})

describe('the packed packages, installed by npm without a network stack', () => {
  let project: string
  beforeAll(async () => {
    project = await consumers.install({ installer: 'npm' })
  }, INSTALL_TIMEOUT_MS)

  test("give the class to require('peersockets'), as 1.0.0 did", async () => {
    const script = `
      const Peersockets = require('peersockets')
      const network = Object.assign(new (require('events'))(), { streams: [] })
      console.log(Peersockets.name, new Peersockets(network) instanceof Peersockets)`
    const outcome = await consumers.run(project, '--input-type=commonjs', '--eval', script)
    expect(outcome).toMatchObject({ status: 0, stdout: 'Peersockets true\n' })
  })

  test('have right types for ES modules and CommonJS, with `strict` and without `skipLibCheck`', async () => {
    expect(await consumers.typeCheck(project)).toMatchObject({ status: 0, stdout: '' })
  })
})
