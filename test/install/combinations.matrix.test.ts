import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  APPS,
  Consumers,
  EXCHANGED,
  INSTALL_TIMEOUT_MS,
  INSTALLERS,
  type Installer,
  type Plan,
  STACK
} from './project.js'

const consumers = new Consumers()
afterAll(() => consumers.remove(), INSTALL_TIMEOUT_MS)

// What puts other copies of sodium-native, sodium-universal and hypercore-crypto where ours would be.
const NEIGHBOURS = [
  [],
  ['sodium-native@4'],
  ['sodium-native@5'],
  ['sodium-universal@4'],
  ['sodium-universal@5'],
  ['hypercore-crypto@3'],
  ['@hyperswarm/secret-stream@6'],
  ['hyperswarm@4'],
  [
    'sodium-native@5',
    'sodium-universal@5',
    'hypercore-crypto@3',
    '@hyperswarm/secret-stream@6',
    'hyperswarm@4'
  ]
]

/** What `ERR_INCOMPATIBLE_DEPENDENCY` advises. */
const RIGHT_NOISE = { 'noise-protocol': '3.0.1' }

/** Hyperswarm 4, and the DHT that it depends on, for a network of its own. */
const HYPERSWARM = ['hyperswarm@4', 'hyperdht@6']

const PLANS: [title: string, plan: Plan, apps?: readonly string[]][] = [
  ...NEIGHBOURS.flatMap(neighbours => plansBeside(neighbours)),
  ['npm, noise-protocol 3.0.2', { installer: 'npm', beside: [...STACK, 'noise-protocol@3.0.2'] }],
  ['npm, with the override', { installer: 'npm', before: STACK, overrides: RIGHT_NOISE }],
  ['pnpm, with the override', { installer: 'pnpm', beside: STACK, overrides: RIGHT_NOISE }],
  ...INSTALLERS.flatMap(installer => [upgrade(installer), ...plansWithout(installer)])
]

function plansBeside(neighbours: string[]): [string, Plan][] {
  const title = neighbours.join(' + ') || 'nothing else'
  return [
    [`npm, ${title}`, { installer: 'npm', beside: [...STACK, ...neighbours] }],
    [`npm, ${title}, ours later`, { installer: 'npm', before: [...STACK, ...neighbours] }],
    [`pnpm, ${title}`, { installer: 'pnpm', beside: [...STACK, ...neighbours] }]
  ]
}

/** What an app on 1.0.0 had, and then `install peersockets@2`. */
function upgrade(installer: Installer): [string, Plan] {
  return [`${installer}, peersockets 1.0.0 before`, { installer, before: ['peersockets@1.0.0', ...STACK] }]
}

/** Without what most apps have: zod, or the networker's stack. */
function plansWithout(installer: Installer): [string, Plan, (readonly string[])?][] {
  return [
    [`${installer}, zod/mini`, { installer, beside: STACK, schema: 'zod-mini' }],
    [`${installer}, valibot in place of zod`, { installer, beside: STACK, schema: 'valibot' }],
    [
      `${installer}, hyperswarm 4 in place of the networker`,
      { installer, beside: HYPERSWARM },
      ['hyperswarm.mjs']
    ]
  ]
}

describe.each(PLANS)('%s', (_, plan, apps = APPS) => {
  let project: string
  beforeAll(async () => {
    project = await consumers.install(plan)
  }, INSTALL_TIMEOUT_MS)
  // Thirty of them fill a small disk.
  afterAll(() => rm(project, { recursive: true }), INSTALL_TIMEOUT_MS)

  test.each(apps)('%s exchanges typed, signed messages', async app => {
    expect(await consumers.run(project, app, plan.schema ?? 'zod')).toEqual(EXCHANGED)
  })
})
