import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Middleware } from '../plugin.js'
import { keyOf, parties, settled } from '../test-support/parties.js'
import { defineTopic } from '../topic/definition.js'

interface Stage {
  readonly before: number
  readonly after: number
  /** Whether each of its frames takes a turn of the event loop. */
  readonly slow: boolean
}

/** Puts bytes around each frame, all of one value, and rejects a frame in which one has another. */
function wrapping({ before, after, slow }: Stage, at: number): Middleware {
  return {
    name: `stage-${at}`,
    open: ({ extend }) => ({
      send(frame) {
        const wrapped = extend(frame, before, after)
        wrapped.fill(at, 0, before)
        wrapped.fill(at, wrapped.length - after)
        return slow ? setImmediate(wrapped) : wrapped
      },
      receive(frame) {
        const end = frame.length - after
        const around = [...frame.subarray(0, before), ...frame.subarray(end)]
        if (around.some(byte => byte !== at)) throw new Error(`What stage ${at} wrote was written over.`)
        return frame.subarray(before, end)
      }
    })
  }
}

const size = fc.oneof(fc.nat(40), fc.nat(100))
const stage = fc.record({
  before: size,
  after: size,
  slow: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) })
})
/** Small ones share a batch; large ones make a packet where they are, or are longer than any block. */
const length = fc.oneof(fc.nat(500), fc.integer({ min: 32_000, max: 68_000 }), fc.constant(200_000))
const step = fc.record({ length, how: fc.constantFrom('send', 'broadcast', 'tick') })

test('whatever layers put around frames, and however these are sent, all of it arrives as it was', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(stage, { maxLength: 4 }),
      fc.array(step, { minLength: 1, maxLength: 12 }),
      fc.boolean(),
      async (stages, steps, batch) => {
        const { network, parties: all } = await parties(3)
        const [ada, ...others] = all
        const topic = defineTopic({ name: 'room', batch, middleware: stages.map(wrapping) })
        const heard = others.map(() => [] as Buffer[])
        for (const [at, { sockets }] of others.entries())
          sockets.join(topic, { onmessage: message => heard[at]?.push(Buffer.from(message)) })
        const room = ada.sockets.join(topic)
        await settled()
        const sent = others.map(() => [] as Buffer[])
        for (const [number, { length, how }] of steps.entries()) {
          const message = Buffer.alloc(length, number + 100)
          for (const [at, other] of others.entries()) {
            if (how === 'send') room.send(message, keyOf(other))
            if (how !== 'tick') sent[at]?.push(message)
          }
          if (how === 'broadcast') room.broadcast(message)
          if (how === 'tick') await setImmediate()
        }
        await expect.poll(() => heard.map(({ length }) => length)).toEqual(sent.map(({ length }) => length))
        expect(heard.every((messages, at) => messages.every((each, n) => sent[at]?.[n]?.equals(each)))).toBe(
          true
        )
        expect(all.flatMap(({ codes }) => codes())).toEqual([])
        await network.close()
      }
    ),
    { numRuns: 40 }
  )
}, 60_000)
