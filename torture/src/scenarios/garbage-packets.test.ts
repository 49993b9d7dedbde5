import { json } from '@peersockets/codec-json'
import { msgpack } from '@peersockets/codec-msgpack'
import { hmac } from '@peersockets/mw-hmac'
import { defineTopic, type Middleware, PeersocketsError } from 'peersockets'
import { describe, expect, test } from 'vitest'
import { type Kind, kinds, schema } from '../garbage/topics.js'
import { type Result, run } from '../run.js'
import { MEMORY_STACKS } from '../stacks.js'
import { garbagePackets } from './garbage-packets.js'

async function once(victimKinds?: readonly Kind[]): Promise<Result> {
  const scenario = garbagePackets(victimKinds)
  const [result] = await run({
    scenarios: [scenario],
    seed: 5,
    more: (_scenario, rounds) => rounds < 1,
    onround() {}
  })
  if (result === undefined) throw new Error('There was no run.')
  return result
}

/** The victim has its first topic as `topic`. */
const withFirst = (topic: Kind['topic']): Kind[] =>
  kinds.map((kind, at) => (at === 0 ? { ...kind, topic } : kind))

describe('a member that sends garbage', () => {
  test('provokes every code that it can, and its sound messages get through', async () => {
    const { counts, faults } = await once()
    expect(faults).toEqual([])
    for (const code of ['DECODE_FAILED', 'INVALID_MESSAGE', 'MALFORMED_FRAME', 'BAD_SIGNATURE'])
      expect(counts.get(`ERR_${code}`), code).toBeGreaterThan(0)
    for (const what of [
      ...MEMORY_STACKS.flatMap(stack =>
        ['messages', 'packets'].map(what => `garbage sent on ${stack}: ${what}`)
      ),
      'messages of a hostile peer that were sound'
    ])
      expect(counts.get(what), what).toBeGreaterThan(100)
  })

  test('is found to reach an app whose topic lets through what does not fit', async () => {
    const topic: Kind['topic'] = () => Object(defineTopic({ name: 'json', codec: json() }))
    expect((await once(withFirst(topic))).faults[0]?.what).toContain('delivered what does not fit')
  })

  test('is found to end the process where a handler lets it', async () => {
    const codec = {
      ...json(),
      decode(bytes: Buffer) {
        setImmediate(() => {
          throw new Error(`planted: ${bytes.length}`)
        })
        return json().decode(bytes)
      }
    }
    const topic: Kind['topic'] = () => Object(defineTopic({ name: 'json', codec }))
    expect((await once(withFirst(topic))).faults.some(({ what }) => what.includes('planted'))).toBe(true)
  })

  test('is found to put what it likes into a log, where a middleware quotes it', async () => {
    const quoting: Middleware = {
      name: 'hmac',
      open(session) {
        const layer = hmac().open(session)
        return {
          send: frame => layer.send(frame),
          receive(frame) {
            try {
              return layer.receive(frame)
            } catch {
              throw new PeersocketsError('ERR_BAD_SIGNATURE', `Not signed: ${frame.toString('latin1')}`)
            }
          }
        }
      }
    }
    const quotes = kinds.map(kind => ({
      ...kind,
      topic: kind.name === 'msgpack, signed' ? signedBy(quoting) : kind.topic
    }))
    const { faults } = await once(quotes)
    for (const told of ['characters that do not print', 'a message of'])
      expect(faults.some(({ what }) => what.includes(told))).toBe(true)
  })
})

function signedBy(middleware: Middleware): Kind['topic'] {
  return () => defineTopic({ name: 'msgpack, signed', schema, codec: msgpack(), middleware: [middleware] })
}
