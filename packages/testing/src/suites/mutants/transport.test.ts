import { describe, expect, test } from 'vitest'
import type { Test } from '../suite.js'
import type { TransportPromises } from '../transport/subject.js'
import { testTransport } from '../transport/transport.js'
import { checksOf, complaintOf, complaintsOf } from './outcome.fixture.js'
import { cabled } from './transport/cable.fixture.js'
import type { Flaw } from './transport/flaws.fixture.js'

const REPORTS = 'reports a connection that exists before start returns, once'
const COMES = 'reports connections that go and that come, once each'
const IDENTITY = 'gives a connection one identity for all who look at it, and the next one another'
const KEYS = 'exports keys that the two share, another for each direction, label and connection'
const SIZES = 'carries frames of 0 bytes up to maxFrameBytes'
const DOORS = 'tells when the peer opens a protocol and when it closes it, each time'
const SHARED = 'lets a protocol be open several times: each hears everything until it closes'
const CLOSED = 'sends nothing on a channel that is closed, also while others have the protocol open'
const DESTROYED = 'ends a connection for both sides when it is destroyed, and raises no error event'
const ANNOUNCED = 'tells what the peer announces, open here or not, each time'
const FLUSHED = 'resolves flush with true once what was sent before has left, and not earlier'
const FLUSHED_AT_END = 'resolves flush with false when the connection closes, and after that'
const QUEUE = 'counts what is queued, and calls back once when some of it has left'

/** The flaw of a transport, the check that must notice, and what its failure says. */
const MUTANTS: readonly (readonly [Flaw, string, RegExp])[] = [
  ['is made for version 1', 'is made for version 2 of the contract', /made for version 1/],
  ['reports twice', REPORTS, /strictly deep-equal.*2/s],
  ['misses what was there before', REPORTS, /strictly deep-equal.*0/s],
  ['does not report the end', COMES, /in vain for both to report the end/],
  ['swaps the keys', 'knows the keys of both peers', /another key than its connection/],
  ['finds peers by their key', 'finds the connection of a peer, and of nobody else', /not of this network/],
  ['has an identity for each transport', IDENTITY, /two identities in one connection/],
  ['keeps its identity', IDENTITY, /identity of the one before/],
  ['has an identity that takes nothing', IDENTITY, /takes no properties/],
  ['destroys one side alone', DESTROYED, /in vain/],
  ['raises an error when destroyed', DESTROYED, /error event was raised/],
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
  ['tells of what is open here alone', ANNOUNCED, /in vain for 'Of Bob' to be told, time 1/],
  ['forgets what was announced', ANNOUNCED, /in vain for what both have open/],
  ['tells of each protocol once', ANNOUNCED, /in vain for 'Of both' to be told, time 2/],
  ['tells of protocols by other names', ANNOUNCED, /that the peer has not opened/],
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
  ['flushes at once', FLUSHED, /has resolved, and bytes are queued/],
  ['flushes after a while', FLUSHED, /while the peer read nothing/],
  ['never flushes', FLUSHED, /in vain for flush to resolve/],
  ['counts behind its flush', FLUSHED, /has resolved, and bytes are queued/],
  ['says false of what was flushed', FLUSHED, /flush of a frame said false/],
  ['says true at the end', FLUSHED_AT_END, /flush of what never left said true/],
  ['forgets who flushes at the end', FLUSHED_AT_END, /in vain for flush at the end/],
  ['rejects a flush at the end', FLUSHED_AT_END, /the end/],
  ['says true after the end', FLUSHED_AT_END, /flush after the end said true/],
  ['throws when gone', 'bears it when a connection that is gone is used', /gone/]
]

const suite =
  (flaws: readonly Flaw[], promises: TransportPromises = {}) =>
  (runner: Test) =>
    testTransport(async () => cabled(...flaws), { patienceMs: 300, ...promises, test: runner })

describe('a transport with a flaw is caught', () => {
  test.each(MUTANTS)('that %s: %s', async (flaw, check, because) => {
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
  const caught = new Set<string>(MUTANTS.map(([, check]) => check))
  expect(checks.length).toBeGreaterThan(15)
  expect(checks.filter(check => !caught.has(check))).toEqual([])
})
