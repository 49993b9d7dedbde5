import type { Networker, ProtocolStream } from '@peersockets/testing'
import { describe, expect, test } from 'vitest'
import { type Result, run } from '../run.js'
import { garbageStreams } from './garbage-streams.js'

async function once(plant?: (victim: Networker) => void): Promise<Result> {
  const scenario = garbageStreams(plant)
  const [result] = await run({
    scenarios: [scenario],
    seed: 3,
    more: (_scenario, rounds) => rounds < 1,
    onround() {}
  })
  if (result === undefined) throw new Error('There was no run.')
  return result
}

describe('garbage below the topics', () => {
  test('comes from strangers and from peers, some of whom are sent away', async () => {
    const { counts, faults } = await once()
    expect(faults).toEqual([])
    for (const what of ['strangers that were', 'connections that'])
      expect([...counts.keys()].filter(counted => counted.startsWith(what))).toHaveLength(2)
    for (const what of ['messages of peers', 'messages overheard', 'messages of honest peers'])
      expect(counts.get(what), what).toBeGreaterThan(50)
  })

  test('is found to end the process, where somebody throws at a message', async () => {
    const { faults } = await once(victim =>
      victim.on('handshake', (stream: ProtocolStream) => {
        if (victim.streams.size === 1) return
        stream.on('extensions', (names: readonly string[]) => {
          throw new Error(`planted: ${names.length}`)
        })
      })
    )
    expect(faults.some(({ what }) => what.includes('planted'))).toBe(true)
  })

  test('is found to cost an honest peer its connection, where somebody ends more than one', async () => {
    const { faults } = await once(victim =>
      victim.on('replication-error', () => {
        for (const stream of victim.streams) stream.destroy()
      })
    )
    expect(faults.map(({ what }) => what)).toEqual([expect.stringContaining('was disconnected')])
  })
})
