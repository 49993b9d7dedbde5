import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { hmac } from '@peersockets/mw-hmac'
import { createNetwork, testMiddleware } from '@peersockets/testing'
import { type Codec, defineTopic, type Middleware, Peersockets, type Sendable, type Topic } from 'peersockets'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { diagnose, evaluate } from './compile.js'
import { codeBlock, codeBlocks } from './markdown.js'
import { CORE, ROOT, read } from './repository.js'

const readme = read('README.md')
const TIMEOUT = { timeout: 10_000 }

describe('the examples in TypeScript', () => {
  const plugins = ['mw-deflate', 'mw-encrypt', 'mw-limit'].map(name => read(`packages/${name}/README.md`))
  const examples = [readme, read(`${CORE}/README.md`), ...plugins]
    .flatMap(codeBlocks)
    .filter(({ language }) => language === 'ts')
    .map(({ code }) => code)

  test('compile', () => {
    expect(examples.length).toBeGreaterThanOrEqual(6)
    expect(diagnose(examples).flat()).toEqual([])
  })

  test('would not compile with a mistake in them', () => {
    const mistaken = examples.map(code => `${code}\nexport const mistake: number = Peersockets`)
    expect(diagnose(mistaken).every(errors => errors.length > 0)).toBe(true)
  })
})

describe('the codec of the README', () => {
  let codec: Codec
  beforeAll(async () => {
    const { float64 }: { float64(): Codec } = await evaluate(codeBlock(readme, 'ts', 'float64'))
    codec = float64()
  })

  test('carries numbers from peer to peer', async () => {
    const topic = defineTopic({ name: 'temperature', codec })
    const { send, received } = await pair(topic)
    for (const value of [21.5, -0, Number.POSITIVE_INFINITY, Number.NaN]) send(value)
    await expect.poll(() => received, TIMEOUT).toEqual([21.5, -0, Number.POSITIVE_INFINITY, Number.NaN])
  })

  test('refuses anything else, on both sides', async () => {
    const topic = defineTopic({ name: 'temperature', codec })
    const { send, sendOn, received, rejected } = await pair(topic)
    expect(() => send('21.5')).toThrow(expect.objectContaining({ code: 'ERR_ENCODE_FAILED' }))
    const nineBytes: Codec = { ...codec, encode: () => Buffer.alloc(9) }
    sendOn(defineTopic({ name: 'temperature', codec: nineBytes }), 21.5)
    await expect.poll(() => rejected, TIMEOUT).toEqual(['ERR_DECODE_FAILED'])
    expect(received).toEqual([])
  })
})

const { inverted }: { inverted(): Middleware } = await evaluate(codeBlock(readme, 'ts', 'function inverted'))

describe('the middleware of the README', () => {
  testMiddleware(inverted, { test, maxFrameBytes: 1024 * 1024, maxOverheadBytes: 0, synchronous: true })

  test('is at work between two peers', async () => {
    const { send, received } = await pair(defineTopic({ name: 'log', middleware: [inverted(), hmac()] }))
    send('text')
    await expect.poll(() => received.map(String), TIMEOUT).toEqual(['text'])
  })
})

test('the example in CommonJS runs', async () => {
  const networker = `const networker = Object.assign(new (require('events').EventEmitter)(), { streams: [] })`
  const check = `console.log(handle.name, typeof Peersockets.defineTopic, typeof Peersockets.PeersocketsError)`
  const program = [networker, codeBlock(readme, 'js', `require('peersockets')`), check].join('\n')
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=commonjs', '--eval', program],
    {
      cwd: ROOT,
      timeout: 30_000
    }
  )
  expect(stdout).toBe('my-topic function function\n')
})

/** Two connected peers in a topic: what the first sends, and what becomes of it at the second. */
async function pair<Message>(topic: Topic<Message>) {
  const network = await createNetwork({ stack: 'memory', peers: 2 })
  onTestFinished(() => network.close())
  const [near, far] = network.networkers.map(networker => new Peersockets(networker))
  if (near === undefined || far === undefined) throw new Error('There are two networkers.')
  const received: Message[] = []
  const rejected: string[] = []
  far.join(topic, {
    onmessage: message => received.push(message),
    onreject: ({ code }) => rejected.push(code)
  })
  const room = near.join(topic)
  await expect.poll(() => room.peers.size, TIMEOUT).toBe(1)
  const [peer] = room.peers
  if (peer === undefined) throw new Error('The topic has a peer.')
  return {
    send: (message: Sendable<Message>) => room.send(message, peer),
    /** As a peer would whose topic is another, and passes for this one. */
    sendOn(other: Topic, message: unknown): void {
      near.leave(topic)
      near.join(other).send(message, peer)
    },
    received,
    rejected
  }
}
