import type { Networker, ProtocolStream } from '@peersockets/testing'
import { describe, expect, test } from 'vitest'
import { type Result, run } from '../run.js'
import type { Member, Stream } from '../stacks.js'
import { garbageOnProtomux } from './garbage-streams/protomux.js'
import { garbageOnNetworker, garbageStreams } from './garbage-streams.js'

async function several(rounds: number, scenario = garbageStreams()): Promise<Result> {
  const [result] = await run({
    scenarios: [scenario],
    seed: 3,
    more: (_scenario, done) => done < rounds,
    onround() {}
  })
  if (result === undefined) throw new Error('There was no run.')
  return result
}

describe('garbage below the topics', () => {
  test('comes from strangers and from peers, some of whom are sent away', async () => {
    const { counts, faults } = await several(1)
    expect(faults).toEqual([])
    for (const what of ['strangers that were', 'connections that', 'connections of Protomux that'])
      expect([...counts.keys()].filter(counted => counted.startsWith(what))).toHaveLength(2)
    for (const what of [
      'messages of peers',
      'messages of peers of Protomux',
      'messages overheard',
      'messages of honest peers'
    ])
      expect(counts.get(what), what).toBeGreaterThan(50)
  })

  test('is found to end the process, where somebody throws at a message', async () => {
    const plant = (victim: Networker) =>
      victim.on('handshake', (stream: ProtocolStream) => {
        if (victim.streams.size === 1) return
        stream.on('extensions', (names: readonly string[]) => {
          throw new Error(`planted: ${names.length}`)
        })
      })
    // In a round it may be that no garbage announces anything.
    const { faults } = await several(3, garbageStreams([garbageOnNetworker(plant)]))
    expect(faults.some(({ what }) => what.includes('planted'))).toBe(true)
  })

  test('is found to cost an honest peer its connection, where somebody ends more than one', async () => {
    const plant = (victim: Networker) =>
      victim.on('replication-error', () => {
        for (const stream of victim.streams) stream.destroy()
      })
    const { faults } = await several(1, garbageStreams([garbageOnNetworker(plant)]))
    expect(faults.map(({ what }) => what)).toEqual([expect.stringContaining('was disconnected')])
  })

  test('is found to end the process over Protomux, where somebody throws at a message', async () => {
    const plant = (victim: Member) =>
      victim.onstream(stream => {
        stream.once('data', () => setImmediate(() => Promise.reject(new Error('planted'))))
      })
    const { faults } = await several(1, garbageStreams([garbageOnProtomux(plant)]))
    expect(faults.some(({ what }) => what.includes('planted'))).toBe(true)
  })

  test('is found to cost an honest peer its connection over Protomux, where somebody ends more than one', async () => {
    const plant = (victim: Member, honest: Stream) =>
      victim.onstream(stream => stream.once('close', () => honest.destroy()))
    const { faults } = await several(1, garbageStreams([garbageOnProtomux(plant)]))
    expect(faults.map(({ what }) => what)).toEqual(['An honest peer was disconnected.'])
  })
})
