import { describe, expect, test } from 'vitest'
import type { Layer, Session } from '../plugin.js'
import { keyOf, parties, settled } from '../test-support/parties.js'
import { defineTopic } from '../topic/definition.js'
import { allocateFrame, beginLoans, endLoans } from './lending.js'

const lending = (run: () => boolean) => withLoans(true, run)
const keeping = (run: () => boolean) => withLoans(false, run)

/** Runs a layer as a lane does: `run` gives whether the frame is through. */
function withLoans(out: boolean, run: () => boolean): boolean {
  const loans = beginLoans(out)
  let through = false
  try {
    through = run()
    return through
  } finally {
    endLoans(loans, through)
  }
}

const LENGTH = 50_000

describe('what a layer allocates for a frame', () => {
  test('is used again for the next, once the frame has gone out', () => {
    const frames: Buffer[] = []
    for (let n = 0; n < 3; n++) {
      lending(() => {
        frames.push(allocateFrame(LENGTH))
        return true
      })
    }
    expect(frames.map(({ length }) => length)).toEqual([LENGTH, LENGTH, LENGTH])
    expect(new Set(frames.map(({ buffer }) => buffer)).size).toBe(1)
  })

  test('is not used again while a layer takes its time with it, nor after a failure', () => {
    const held: Buffer[] = []
    lending(() => held.push(allocateFrame(LENGTH)) === 0)
    const failing = () =>
      lending(() => {
        held.push(allocateFrame(LENGTH))
        throw new Error('refused')
      })
    expect(failing).toThrow('refused')
    const next: Buffer[] = []
    lending(() => next.push(...Array.from({ length: 20 }, () => allocateFrame(LENGTH))) > 0)
    expect(next.map(({ buffer }) => buffer)).not.toContain(held[0]?.buffer)
    expect(next.map(({ buffer }) => buffer)).not.toContain(held[1]?.buffer)
  })

  test('stays its own where nothing is sent, also in the middle of sending', () => {
    const kept: Buffer[] = [allocateFrame(LENGTH)]
    lending(() => keeping(() => kept.push(allocateFrame(LENGTH)) > 0))
    const inner: Buffer[] = []
    lending(() => {
      const outer = allocateFrame(LENGTH)
      lending(() => inner.push(allocateFrame(LENGTH)) > 0)
      kept.push(outer)
      return false
    })
    const next: Buffer[] = []
    lending(() => next.push(...Array.from({ length: 20 }, () => allocateFrame(LENGTH))) > 0)
    for (const { buffer } of kept) expect(next.map(bytes => bytes.buffer)).not.toContain(buffer)
    expect(next.map(bytes => bytes.buffer)).toContain(inner[0]?.buffer)
  })
})

/** Copies each frame into memory of the session. */
function copying({ allocate }: Session): Layer {
  return {
    send(frame) {
      const copy = allocate(frame.length)
      frame.copy(copy)
      return copy
    },
    receive: frame => frame
  }
}

test('frames keep their content behind layers that allocate, also where one behind them takes its time', async () => {
  const {
    parties: [ada, bob]
  } = await parties()
  const slow = {
    name: 'slow',
    open: (): Layer => ({
      async send(frame) {
        await new Promise(resolve => setImmediate(resolve))
        return frame
      },
      receive: frame => frame
    })
  }
  const names = ['fast', 'slow'] as const
  const topics = {
    fast: defineTopic({ name: 'fast', middleware: [{ name: 'copying', open: copying }] }),
    slow: defineTopic({ name: 'slow', middleware: [{ name: 'copying', open: copying }, slow] })
  }
  const heard: Record<string, number[]> = { fast: [], slow: [] }
  for (const name of names)
    bob.sockets.join(topics[name], {
      onmessage(message) {
        expect(message.equals(Buffer.alloc(LENGTH, message[0]))).toBe(true)
        heard[name]?.push(message[0] ?? -1)
      }
    })
  const rooms = { fast: ada.sockets.join(topics.fast), slow: ada.sockets.join(topics.slow) }
  await settled()
  const sent = [...Array(20).keys()]
  for (const n of sent) for (const name of names) rooms[name].send(Buffer.alloc(LENGTH, n), keyOf(bob))
  await expect.poll(() => heard.slow?.length).toBe(sent.length)
  expect(heard).toEqual({ fast: sent, slow: sent })
  expect(bob.codes()).toEqual([])
})
