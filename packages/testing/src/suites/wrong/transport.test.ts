import { describe, expect, test } from 'vitest'
import type { Test } from '../suite.js'
import type { TransportPromises } from '../transport/subject.js'
import { testTransport } from '../transport/transport.js'
import { cabled, type Flaw } from './cable.fixture.js'
import { checksOf, complaintOf, complaintsOf } from './outcome.fixture.js'

const REPORTS = 'reports a connection that exists before start returns, once'
const COMES = 'reports connections that go and that come, once each'
const IDENTITY = 'gives a connection one identity, whoever looks at it, and the next another'
const KEYS = 'exports keys that the two share, another for each direction, label and connection'
const SIZES = 'carries frames of 0 bytes up to maxFrameBytes'
const DOORS = 'tells when the peer opens a protocol and when it closes it, each time'
const SHARED = 'lets a protocol be open several times: each hears everything until it closes'
const CLOSED = 'sends nothing on a channel that is closed, also while others have the protocol open'
const QUEUE = 'counts what is queued, and calls back once when some of it has left'

/** The flaw of a transport, the check that must notice, and what its failure says. */
const WRONG: readonly (readonly [Flaw, string, RegExp])[] = [
  ['is made for version 2', 'is made for version 1 of the contract', /made for version 2/],
  ['reports twice', REPORTS, /strictly deep-equal.*2/s],
  ['misses what was there before', REPORTS, /strictly deep-equal.*0/s],
  ['does not report the end', COMES, /in vain for both to report the end/],
  ['swaps the keys', 'knows the keys of both peers', /another key than its connection/],
  ['finds peers by their key', 'finds the connection of a peer, and of nobody else', /not of this network/],
  ['has an identity for each transport', IDENTITY, /two identities in one connection/],
  ['keeps its identity', IDENTITY, /identity of the one before/],
  ['destroys one side alone', 'ends a connection for both sides when it is destroyed', /in vain/],
  [
    'reports after stop',
    'reports nothing once it is stopped, and leaves the connection up for others',
    /strictly deep-equal/
  ],
  [
    'closes channels at stop',
    'lets channels that are open go on once it is stopped, until they are closed',
    /in vain for what was sent after stop/
  ],
  [
    'leaves listeners',
    'leaves no listener behind when it is stopped',
    /listeners after each start and stop: \d/
  ],
  ['exports keys uncrossed', KEYS, /is not the `receive`/],
  ['exports one key for all labels', KEYS, /exported twice/],
  ['exports one key for all connections', KEYS, /exported twice/],
  ['exports the same buffers', KEYS, /exported as wiped/],
  [
    'turns frames round',
    'delivers frames in the order of sending, in both directions',
    /strictly deep-equal/
  ],
  ['loses empty frames', SIZES, /in vain for a frame of 0 bytes/],
  ['cuts large frames', SIZES, /of 2000000 bytes did not arrive as it was sent/],
  ['does not copy', 'copies a frame before send returns', /reached the wire/],
  ['does not copy what waits', 'copies a frame before send returns', /reached the wire: .* had to wait/],
  ['announces once', DOORS, /in vain for both to see the protocol open/],
  ['opens too early', DOORS, /before open had returned/],
  ['does not tell of closing', DOORS, /strictly deep-equal/],
  ['mixes protocols', 'keeps protocols apart', /strictly deep-equal|in vain/],
  [
    'delivers in one buffer',
    'does not change a frame that it has delivered',
    /changed after it was delivered/
  ],
  ['hears the first user alone', SHARED, /in vain for all three to hear/],
  ['closes for all users', SHARED, /seen closed while somebody has it open/],
  [
    'hears after closing',
    'hears nothing on a channel that is closed, and lets it be closed again',
    /too late/
  ],
  ['sends after closing', CLOSED, /too late/],
  ['throws after closing', CLOSED, /send threw when the last has just closed it/],
  ['counts nothing', QUEUE, /and 0 are queued/],
  ['never drains', QUEUE, /in vain for ondrain/],
  ['drains at once', QUEUE, /before it returned/],
  [
    'forgets who waits at the end',
    'calls back those who wait for ondrain when the connection closes, and after that',
    /in vain for ondrain/
  ],
  ['throws when gone', 'bears it when a connection that is gone is used', /gone/]
]

const suite =
  (flaws: readonly Flaw[], promises: TransportPromises = {}) =>
  (runner: Test) =>
    testTransport(async () => cabled(...flaws), { patienceMs: 300, ...promises, test: runner })

describe('a transport that is wrong is caught', () => {
  test.each(WRONG)('that %s: %s', async (flaw, check, because) => {
    expect(await complaintOf(check, suite([flaw]))).toMatch(because)
  })

  test('that exports keys, and says that it does not', async () => {
    const check = 'says with ERR_NO_KEY_EXPORT that it exports no keys'
    expect(await complaintOf(check, suite([], { exportsKeys: false }))).toMatch(/ERR_NO_KEY_EXPORT/)
  })
})

test('a transport that is right passes', async () => {
  expect(await complaintsOf(suite([], { patienceMs: 15_000 }))).toEqual([])
})

test('every check of the suite catches something', () => {
  const checks = checksOf('the transport', suite([]))
  const caught = new Set<string>(WRONG.map(([, check]) => check))
  expect(checks.length).toBeGreaterThan(15)
  expect(checks.filter(check => !caught.has(check))).toEqual([])
})
