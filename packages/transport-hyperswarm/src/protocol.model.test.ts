import { settled } from '@peersockets/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { connected, listen, type Overheard } from './test-support/connected.js'

const PROTOCOLS = ['a', 'b'] as const

const at = fc.constantFrom(0 as const, 1 as const)
const protocol = fc.constantFrom(...PROTOCOLS)
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('open' as const), at, protocol }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('close' as const), at, protocol }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('send' as const), at, protocol }) },
  // A microtask, a turn of the event loop, or as many as it takes.
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), turns: fc.constantFrom(0, 1, 20) })
  }
)

/** One end: its users of each protocol, oldest first. */
type Users = Record<(typeof PROTOCOLS)[number], Overheard[]>

test('whatever is opened, closed and sent, both ends agree in the end, and no frame comes twice, late or elsewhere', async () => {
  let delivered = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), async steps => {
      const { ends } = await connected()
      const users: readonly [Users, Users] = [
        { a: [], b: [] },
        { a: [], b: [] }
      ]
      const all: Overheard[] = []
      let sent = 0
      for (const action of steps) {
        if (action.kind === 'wait') {
          if (action.turns === 0) await undefined
          else if (action.turns === 1) await new Promise(resolve => setImmediate(resolve))
          else await settled()
          continue
        }
        const here = users[action.at][action.protocol]
        if (action.kind === 'open') {
          const user = listen(ends[action.at], action.protocol)
          here.push(user)
          all.push(user)
        } else if (action.kind === 'close') here.shift()?.channel.close()
        else here[0]?.channel.send(Buffer.from(`${action.protocol}${action.at} ${sent++}`))
      }
      await settled()

      for (const name of PROTOCOLS) {
        const [near, far] = [users[0][name], users[1][name]]
        for (const { channel } of near) expect(channel.remoteOpen).toBe(far.length > 0)
        for (const { channel } of far) expect(channel.remoteOpen).toBe(near.length > 0)
        for (const [place, here, there] of [
          [0, near, far],
          [1, far, near]
        ] as const) {
          here[0]?.channel.send(Buffer.from(`${name}${place} ${sent++}`))
          const last = `${name}${place} ${sent - 1}`
          await settled()
          if (here.length > 0) for (const { log } of there) expect(log.at(-1)).toBe(last)
        }
      }
      for (const { log } of all) {
        const presence = log.filter(entry => entry.startsWith('['))
        expect(presence.every((entry, n) => n === 0 || entry !== presence[n - 1])).toBe(true)
        const frames = log.filter(entry => !entry.startsWith('['))
        expect(new Set(frames.map(text => text.slice(0, 2))).size).toBeLessThanOrEqual(1)
        const numbers = frames.map(text => Number(text.slice(3)))
        expect(numbers).toEqual([...new Set(numbers)].toSorted((one, other) => one - other))
        delivered += numbers.length
      }
      for (const { mux, connection } of ends) {
        const open = PROTOCOLS.filter(name => users[0][name].length > 0 && users[1][name].length > 0)
        expect([...mux]).toHaveLength(open.length)
        expect(connection.queuedBytes).toBe(0)
      }
    }),
    { numRuns: 150 }
  )
  expect(delivered).toBeGreaterThan(500)
})
