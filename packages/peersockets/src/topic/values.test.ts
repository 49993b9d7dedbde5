import { describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { plainJson } from '../test-support/codecs.js'
import { keyOf, parties, settled } from '../test-support/parties.js'
import { defineTopic } from './definition.js'
import { DEFAULT_MAX_VALUES, hasMoreValues } from './values.js'

describe('the values of a message', () => {
  const cyclic: unknown[] = []
  cyclic.push(cyclic)

  test.each([
    ['nothing', undefined, 1],
    ['a number', 7, 1],
    ['text', 'a longer text', 1],
    ['bytes', Buffer.alloc(1000), 1],
    ['a list', [1, [2, 3], []], 6],
    ['an object', { a: 1, b: { c: null } }, 4],
    ['a Map', new Map([[{ a: 1 }, [2]]]), 5],
    ['a Set', new Set([1, [2]]), 4]
  ])('are counted, nested ones and itself: %s', (_what, value, count) => {
    expect([hasMoreValues(value, count - 1), hasMoreValues(value, count)]).toEqual([true, false])
  })

  test('may be in each other: that is too many', () => {
    expect(hasMoreValues(cyclic, 1000)).toBe(true)
  })

  test('are not all looked at when there are too many', () => {
    const looks = vi.fn()
    const list = new Proxy(Array(1_000_000).fill(0), {
      get(target, key) {
        looks(key)
        return Reflect.get(target, key)
      }
    })
    expect(hasMoreValues([list], 1000)).toBe(true)
    expect(looks.mock.calls.length).toBeLessThan(10)
  })
})

describe('a message of more values than a schema is to be asked about', () => {
  const list = z.array(z.object({ a: z.string(), b: z.string(), c: z.string() }))

  test('is not shown to the schema, but reported: ERR_INVALID_MESSAGE', async () => {
    const { parties: both } = await parties()
    const [ada, bob] = both
    const shown = vi.fn()
    const watched = list.refine(value => {
      shown(value.length)
      return true
    })
    const room = ada.sockets.join(defineTopic({ name: 'a', codec: plainJson }))
    const heard = vi.fn()
    bob.sockets.join(defineTopic({ name: 'a', codec: plainJson, schema: watched }), { onmessage: heard })
    await settled()
    room.send(Array(DEFAULT_MAX_VALUES).fill({}), keyOf(bob))
    room.send([{ a: 'a', b: 'b', c: 'c' }], keyOf(bob))
    await settled()
    expect(bob.rejections.map(({ error }) => [error.code, error.issues])).toEqual([
      ['ERR_INVALID_MESSAGE', []]
    ])
    expect([shown.mock.calls, heard.mock.calls.length]).toEqual([[[1]], 1])
  })

  test('is refused to its sender too, with the way out', async () => {
    const { parties: both } = await parties()
    const [ada, bob] = both
    const room = ada.sockets.join(
      defineTopic({ name: 'a', codec: plainJson, schema: z.array(z.number()), maxValues: 10 })
    )
    expect(() => room.send(Array(10).fill(1000), keyOf(bob))).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_MESSAGE', message: expect.stringContaining('maxValues') })
    )
    room.send(Array(9).fill(1000), keyOf(bob))
  })

  test('may be allowed', async () => {
    const { parties: both } = await parties()
    const [ada, bob] = both
    const topic = defineTopic({
      name: 'a',
      codec: plainJson,
      schema: z.array(z.number()),
      maxValues: 100_001
    })
    const heard = vi.fn()
    bob.sockets.join(topic, { onmessage: message => heard(message.length) })
    const room = ada.sockets.join(topic)
    await settled()
    room.send(Array(100_000).fill(1), keyOf(bob))
    await settled()
    expect(heard.mock.calls).toEqual([[100_000]])
  })

  test.each([0, -1, 1.5, Number.NaN, '7'])('is not counted by %s: ERR_INVALID_ARGUMENT', maxValues => {
    // @ts-expect-error what JavaScript may pass
    expect(() => defineTopic({ name: 'a', codec: plainJson, schema: list, maxValues })).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' })
    )
  })
})
