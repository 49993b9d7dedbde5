import { describe, expect, onTestFinished, test } from 'vitest'
import { type Bit, bitsOf, Exchange, type Outcome } from '../../torture/src/path/exchange.js'
import type { Harm } from '../../torture/src/path/ledger.js'
import type { Stack } from '../../torture/src/path/lone-pair.js'
import type { TopicSpec } from '../../torture/src/path/party.js'

type Wire = 'v0' | 'v1'

/** Topics by wire: the first two are signed, the others are not. No name becomes another by one bit. */
const NAMES = { v0: ['a', 'd', 'g', 'j'], v1: ['a', 'd', 'g'] }
const SIGNED = 2

function topicsOf(wire: Wire): TopicSpec[] {
  return NAMES[wire].map((name, n) => ({ name, private: wire === 'v1', signed: n < SIGNED }))
}

/** What may be announced, whatever is done to the bytes: on wire v1 no name of a topic is. */
const ANNOUNCED = {
  v0: [...NAMES.v0.map(name => `peersockets/v0/${name}`), 'peersockets/v1'],
  v1: ['peersockets/v1']
}

interface Findings {
  /** Bits that were flipped, of those that were to be. */
  readonly flipped: number
  readonly chosen: number
  /** Messages that arrived as they were said. */
  readonly intact: number
  readonly signed: Readonly<Partial<Record<Harm, number>>>
  readonly unsigned: Readonly<Partial<Record<Harm, number>>>
  /** All that was reported, by code. */
  readonly rejected: ReadonlyMap<string, number>
}

/** What escapes from the library, into the network's stack or as a rejection. */
function watchEscapes(): readonly unknown[] {
  const escaped: unknown[] = []
  const onescape = (error: unknown) => escaped.push(error)
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    process.on(event, onescape)
    onTestFinished(() => void process.off(event, onescape))
  }
  return escaped
}

const HONEST_EVERY = 32

/**
 * Records the exchange, and repeats it with one bit flipped for each of those that `choose` takes of it; now and then
 * without, to see that all is well again.
 */
async function flipEach(
  wire: Wire,
  stack: Stack,
  choose: (honest: Outcome) => readonly Bit[]
): Promise<Findings> {
  const escaped = watchEscapes()
  const exchange = await Exchange.create(stack, topicsOf(wire))
  onTestFinished(() => exchange.close())
  const meetHonestly = async () => {
    const honest = await exchange.run()
    // A greeting on every topic, and something more on those that are signed, from both.
    const [said, present] = [2 * (NAMES[wire].length + SIGNED), 2 * NAMES[wire].length]
    expect(honest).toMatchObject({ said, intact: said, harms: [], present, left: 0 })
    expect([...honest.announced].toSorted()).toEqual(ANNOUNCED[wire])
    return honest
  }

  const bits = choose(await meetHonestly())
  const signed: Partial<Record<Harm, number>> = {}
  const unsigned: Partial<Record<Harm, number>> = {}
  let [flipped, intact] = [0, 0]
  for (const [n, bit] of bits.entries()) {
    if (n % HONEST_EVERY === 0) await meetHonestly()
    const { harms, left, announced, ...outcome } = await exchange.run(bit)
    if (outcome.flipped) flipped++
    intact += outcome.intact
    expect(left, JSON.stringify(bit)).toBe(0)
    for (const name of announced) expect(ANNOUNCED[wire], JSON.stringify(bit)).toContain(name)
    for (const { topic, harm } of harms) {
      const of = topic.signed ? signed : unsigned
      of[harm] = (of[harm] ?? 0) + 1
    }
  }
  await meetHonestly()

  expect(escaped).toEqual([])
  const rejected = new Map<string, number>()
  for (const { miscounted, reported } of exchange.parties) {
    expect(miscounted).toEqual([])
    for (const [code, count] of reported) rejected.set(code, (rejected.get(code) ?? 0) + count)
  }
  return { flipped, chosen: bits.length, intact, signed, unsigned, rejected }
}

const isHandshake = ({ direction, byte }: Bit, { handshake }: Outcome): boolean => byte < handshake[direction]

test('a bit that is flipped in the handshake ends the connection, and nothing is delivered: for every bit there is', {
  timeout: 300_000
}, async () => {
  const inHandshake = (honest: Outcome) => bitsOf(honest).filter(bit => isHandshake(bit, honest))
  const { flipped, chosen, ...found } = await flipEach('v1', 'memory', inHandshake)
  // Four public keys, two nonces and their tags: more than 250 bytes.
  expect(flipped).toBeGreaterThan(8 * 250)
  expect(flipped).toBe(chosen)
  expect(found).toEqual({ intact: 0, signed: {}, unsigned: {}, rejected: new Map() })
})

describe.each(['v0', 'v1'] as const)('a bit that is flipped in an exchange on wire %s', wire => {
  test('keeps a signed message from arriving or changes nothing, never the message: for every bit there is', {
    timeout: 300_000
  }, async () => {
    const behindHandshake = (honest: Outcome) => bitsOf(honest).filter(bit => !isHandshake(bit, honest))
    const { flipped, chosen, signed, unsigned, rejected } = await flipEach(wire, 'memory', behindHandshake)
    expect(flipped).toBeGreaterThan(4000)
    expect(flipped).toBe(chosen)
    expect(signed).toEqual({})
    expect(rejected.get('ERR_BAD_SIGNATURE')).toBeGreaterThan(1000)
    // The same bits reach topics that are not signed, which shows that they were flipped where it matters.
    expect(unsigned.altered).toBeGreaterThan(200)
    // One bit from a topic that is not signed to another: on wire v1 there is only one of them.
    if (wire === 'v0') expect(unsigned.elsewhere).toBeGreaterThan(0)
  })

  test('does the same over real networkers', { timeout: 120_000 }, async () => {
    // Not every multiple of eight, to come by each bit of a byte.
    const sample = (honest: Outcome) => bitsOf(honest).filter((_bit, n) => n % 101 === 0)
    const { flipped, chosen, signed, unsigned, rejected } = await flipEach(wire, 'networker', sample)
    // What goes into one packet depends on the moment: a bit at the very end may not be there.
    expect(flipped).toBeGreaterThan(0.9 * chosen)
    expect(signed).toEqual({})
    expect(rejected.get('ERR_BAD_SIGNATURE')).toBeGreaterThan(0)
    expect(unsigned.altered).toBeGreaterThan(0)
  })
})
