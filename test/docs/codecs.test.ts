import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { diagnose, transpile } from './compile.js'
import { codeBlock, codeBlocks } from './markdown.js'
import { ROOT, read } from './repository.js'

const json = read('packages/codec-json/README.md')
const msgpack = read('packages/codec-msgpack/README.md')
const readme = read('README.md')

describe('the examples of the READMEs of the codecs', () => {
  const examples = [json, msgpack]
    .flatMap(codeBlocks)
    .filter(({ language }) => language === 'ts')
    .map(({ code }) => code)

  test('compile', () => {
    expect(examples).toHaveLength(3)
    expect(diagnose(examples).flat()).toEqual([])
  })

  test('would not compile with a mistake in them', () => {
    const mistaken = examples.map(code => `${code}\nexport const mistake: number = defineTopic`)
    expect(diagnose(mistaken).every(errors => errors.length > 0)).toBe(true)
  })
})

/** What the second of two peers gets of a message, in the topic that an example defines. */
async function received(example: string, topic: string, message: string): Promise<string> {
  const exchange = `
    import { createNetwork } from '@peersockets/testing'
    import { Peersockets } from 'peersockets'
    import { inspect } from 'node:util'
    const network = await createNetwork({ stack: 'memory', peers: 2 })
    const [near, far] = network.networkers.map(networker => new Peersockets(networker))
    far.join(${topic}, {
      onmessage(message) {
        console.log(inspect(message, { breakLength: Infinity }))
        network.close()
      }
    })
    const room = near.join(${topic}, { onpeerjoin: peer => room.send(${message}, peer) })`
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', transpile(example) + exchange],
    { cwd: ROOT, timeout: 30_000 }
  )
  return stdout.trim()
}

describe('bytes, and an optional property that is undefined, go from peer to peer', () => {
  test('as base64 in JSON', async () => {
    const example = codeBlock(json, 'ts', 'z.base64()')
    const message = `{ name: 'a', content: Uint8Array.of(0, 128, 255), note: undefined }`
    expect(await received(example, 'files', message)).toBe(`{ name: 'a', content: <Buffer 00 80 ff> }`)
  })

  test('a megabyte of them in JSON, too', async () => {
    const example = codeBlock(json, 'ts', 'z.base64()')
    const message = `{ name: 'a', content: Buffer.alloc(700_000, 7) }`
    expect(await received(example, 'files', message)).toContain('699950 more bytes')
  })

  test('with either codec, as the README has it', async () => {
    const example = codeBlock(readme, 'ts', 'z.base64()')
    const data = `Uint8Array.of(0, 128, 255)`
    expect(await received(example, 'file', `{ name: 'a', data: ${data} }`)).toBe(
      `{ name: 'a', data: <Buffer 00 80 ff> }`
    )
    expect(await received(example, 'note', `{ data: ${data} }`)).toBe(`{ data: <Buffer 00 80 ff> }`)
  })

  test('as they are in MessagePack', async () => {
    const example = codeBlock(msgpack, 'ts', 'z.date()')
    const fields = `from: 'ada', text: 'hi', at: new Date(0)`
    expect(await received(example, 'chat', `{ ${fields}, attached: Uint8Array.of(0, 128, 255) }`)).toBe(
      `{ from: 'ada', text: 'hi', at: 1970-01-01T00:00:00.000Z, attached: <Buffer 00 80 ff> }`
    )
    expect(await received(example, 'chat', `{ ${fields}, attached: undefined }`)).toBe(
      `{ from: 'ada', text: 'hi', at: 1970-01-01T00:00:00.000Z }`
    )
  })
})
