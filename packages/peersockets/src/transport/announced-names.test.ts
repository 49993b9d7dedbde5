import { createNetwork, type ProtocolStream } from '@peersockets/testing'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { settled } from '../test-support/parties.js'
import { AnnouncedNames } from './announced-names.js'
import { ProtocolConnection } from './protocol-connection.js'

async function connections() {
  const network = await createNetwork({ stack: 'memory', peers: 2 })
  onTestFinished(() => network.close())
  const key = Buffer.alloc(32, 1)
  const connection = (stream: ProtocolStream) =>
    new ProtocolConnection({ remotePublicKey: key }, stream, key, key)
  const [near, far] = network.streams(0, 1)
  return { near, far, mine: connection(near), again: () => connection(near), theirs: connection(far) }
}

const silent = { onmessage: () => undefined }

describe('what a peer announces', () => {
  test('is told when it is new, each time, and not when it is said again', async () => {
    const { mine, theirs, far } = await connections()
    const heard: string[] = []
    mine.onannounce(name => heard.push(name))
    const open = ['b', 'a'].map(name => theirs.open(name, silent))
    await settled()
    expect(heard.splice(0)).toEqual(['a', 'b'])
    far.state.options(0, { extensions: ['a', 'b'] })
    open[0]?.close()
    await settled()
    expect(heard.splice(0)).toEqual([])
    theirs.open('b', silent)
    await settled()
    expect(heard).toEqual(['b'])
  })

  test('before somebody asks is told soon, once, and not before asking has returned', async () => {
    const { mine, again, theirs } = await connections()
    theirs.open('a', silent)
    await settled()
    const heard: string[] = []
    mine.onannounce(name => heard.push(`mine ${name}`))
    again().onannounce(name => heard.push(`again ${name}`))
    expect(heard).toEqual([])
    await settled()
    expect(heard.splice(0)).toEqual(['mine a', 'again a'])
    theirs.open('b', silent)
    await settled()
    expect(heard).toEqual(['mine b', 'again b'])
  })

  test('is told also where we have the same, and opens that', async () => {
    const { mine, theirs } = await connections()
    const heard: string[] = []
    const channel = mine.open('a', silent)
    mine.onannounce(name => heard.push(name))
    theirs.open('a', silent)
    await settled()
    expect([heard, channel.remoteOpen]).toEqual([['a'], true])
  })

  test('is told no more to those whose transport has stopped, not even to the end of a list', async () => {
    const { mine, again, theirs, near } = await connections()
    const heard: string[] = []
    const other = again()
    mine.onannounce(name => {
      heard.push(name)
      mine.release()
    })
    other.onannounce(name => heard.push(`other ${name}`))
    for (const name of ['a', 'b', 'c']) theirs.open(name, silent)
    await settled()
    expect(heard).toEqual(['a', 'other a', 'other b', 'other c'])
    const late = again()
    late.onannounce(name => heard.push(`late ${name}`))
    late.release()
    await settled()
    expect(heard).toHaveLength(4)
    expect(near.destroyed).toBe(false)
  })

  test('is what is said, in whatever order and however often, up to a number of names', async () => {
    const { mine, far, near } = await connections()
    const heard: string[] = []
    mine.onannounce(name => heard.push(name))
    const channel = mine.open('z', silent)
    far.state.options(0, { extensions: ['z', '', 'z', 'a', '__proto__', ''] })
    await settled()
    expect([heard.splice(0), channel.remoteOpen]).toEqual([['z', '', 'a', '__proto__'], true])
    far.state.options(0, { extensions: Array.from({ length: 200_000 }, (_, n) => `${n}`) })
    await settled()
    expect([heard.length, channel.remoteOpen, near.destroyed]).toEqual([100_000, false, false])
  })

  test('changes by what is in one list and not in the other', () => {
    const list = fc.array(fc.constantFrom<string>('a', 'b', 'c', 'd', ''))
    fc.assert(
      fc.property(list, fc.array(list), (first, lists) => {
        const names = new AnnouncedNames(first)
        let before = new Set(first)
        for (const after of lists) {
          const { added, removed } = names.replace(after)
          expect(new Set(added).size).toBe(added.length)
          for (const name of added) expect(before.has(name)).toBe(false)
          for (const name of removed) expect(before.has(name)).toBe(true)
          const now = new Set([...before, ...added].filter(name => !removed.includes(name)))
          expect(now).toEqual(new Set(after))
          expect(names.all).toEqual(now)
          before = now
        }
      })
    )
  })
})
