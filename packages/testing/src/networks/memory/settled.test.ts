import { afterEach, describe, expect, test, vi } from 'vitest'
import { createNetwork, type MemoryNetwork, settled } from '../index.js'

let network: MemoryNetwork | undefined
afterEach(async () => {
  vi.useRealTimers()
  await network?.close()
})

const turn = setImmediate

/** Two peers that answer each message with the next, `delay` turns later, until they have said `last`. */
async function talkers(delay: number): Promise<{ say(last: number): void; heard: number[] }> {
  network = await createNetwork({ stack: 'memory' })
  const heard: number[] = []
  let last = 0
  const [say] = network.streams(0, 1).map(stream => {
    const extension = stream.registerExtension('talk', {
      onmessage(message) {
        const number = message.readUInt32BE()
        heard.push(number)
        const answer = (turns: number) => {
          if (turns > 0) turn(() => answer(turns - 1))
          else if (number < last) extension.send(bytesOf(number + 1))
        }
        answer(delay)
      }
    })
    return () => extension.send(bytesOf(1))
  })
  return {
    heard,
    say(until) {
      last = until
      say?.()
    }
  }
}

function bytesOf(number: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(number)
  return bytes
}

describe('settled', () => {
  test('waits for every message and its answer, however many there are', async () => {
    for (const delay of [0, 5]) {
      const { say, heard } = await talkers(delay)
      say(200)
      await settled()
      expect(heard).toHaveLength(200)
      await network?.close()
    }
  })

  test('waits for what takes many turns, if it is told how many', async () => {
    const { say, heard } = await talkers(30)
    say(10)
    await settled({ quietTurns: 40 })
    expect(heard).toHaveLength(10)
  })

  test('waits for what a throttled link holds, and not for what a stalled one holds', async () => {
    const { say, heard } = await talkers(0)
    network?.stall(0, 1)
    say(1)
    await settled()
    expect(heard).toEqual([])
    network?.throttle(0, 1, 100)
    network?.resume(0, 1)
    await settled()
    expect(heard).toEqual([1])
  })

  test('waits for the end of a connection that is destroyed', async () => {
    network = await createNetwork({ stack: 'memory' })
    const [near, far] = network.streams(0, 1)
    near.destroy()
    await settled()
    expect(far.destroyed).toBe(true)
    expect(network.networkers.map(({ streams }) => streams.size)).toEqual([0, 0])
  })

  test('knows no clock', async () => {
    const { say, heard } = await talkers(0)
    vi.useFakeTimers()
    say(20)
    await settled()
    expect(heard).toHaveLength(20)
  })

  test('comes back where nothing moves, and where there is no network', async () => {
    await settled()
    network = await createNetwork({ stack: 'memory' })
    await settled()
  })
})
