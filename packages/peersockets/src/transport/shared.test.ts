import { describe, expect, test, vi } from 'vitest'
import { sharedOn } from './shared.js'

describe('what lies on a connection', () => {
  test('is made once, for all who ask by one key, and by key', () => {
    const identity = {}
    const make = vi.fn(() => ({}))
    const first = sharedOn(identity, 'a/1', make)
    expect(sharedOn(identity, 'a/1', make)).toBe(first)
    expect(make).toHaveBeenCalledTimes(1)
    expect(sharedOn(identity, 'a/2', make)).not.toBe(first)
    expect(sharedOn({}, 'a/1', make)).not.toBe(first)
  })

  test('may be nothing, and is made once all the same', () => {
    const identity = {}
    const make = vi.fn(() => undefined)
    for (let n = 0; n < 3; n++) expect(sharedOn(identity, 'a/1', make)).toBeUndefined()
    expect(make).toHaveBeenCalledTimes(1)
  })

  test('is not seen by those who print or copy the connection', () => {
    const identity = { name: 'a stream' }
    sharedOn(identity, 'a/1', () => 1)
    expect(Object.keys(identity)).toEqual(['name'])
    expect({ ...identity }).toEqual({ name: 'a stream' })
    expect(Object.getOwnPropertySymbols({ ...identity })).toEqual([])
  })

  test('is not inherited: what is made of a connection is another one', () => {
    const identity = {}
    const first = sharedOn(identity, 'a/1', () => ({}))
    expect(sharedOn(Object.create(identity), 'a/1', () => ({}))).not.toBe(first)
  })

  test('is not made when making it fails, and then made by the next who asks', () => {
    const identity = {}
    const fail = () => {
      throw new Error('not now')
    }
    expect(() => sharedOn(identity, 'a/1', fail)).toThrow('not now')
    expect(sharedOn(identity, 'a/1', () => 1)).toBe(1)
  })

  test('is found by a second installed copy of this package', async () => {
    const identity = {}
    const first = sharedOn(identity, 'a/1', () => ({}))
    vi.resetModules()
    const other = await import('./shared.js')
    expect(other.sharedOn).not.toBe(sharedOn)
    expect(other.sharedOn(identity, 'a/1', () => ({}))).toBe(first)
  })
})
