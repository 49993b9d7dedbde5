import { createRequire } from 'node:module'
import { hmac } from '@peersockets/mw-hmac'
import { createNetwork, type Networker } from '@peersockets/testing'
import { defineTopic, Peersockets } from 'peersockets'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import {
  formsOf,
  foundIn,
  hashesOf,
  type Needles
} from '../../packages/peersockets/src/test-support/needles.js'
import { overhear } from '../../packages/peersockets/src/test-support/overheard.js'
import { ANNOUNCEMENT, framesOf, headerAt, KIND } from '../../torture/src/path/dissect.js'
import { KnownPlaintext, type PlainMessage } from '../../torture/src/path/known-plaintext.js'
import type { AnyNetworker } from '../../torture/src/path/party.js'

const TIMEOUT = { timeout: 20_000 }

interface Original {
  join(
    topic: string,
    options: { onmessage(message: Buffer): void }
  ): { send(message: string, peer: unknown): void }
}
const require = createRequire(import.meta.url)
const OriginalPeersockets: new (networker: Networker) => Original = require('peersockets-v1')

const PUBLIC = 'tea'
/** As long as makes the names of its extension on wire v0 fit where two others are announced. */
const PRIVATE = 'garden-party-at-ten'
const TEXT = 'meet me at the lighthouse'

const secret = defineTopic({ name: PRIVATE, middleware: [hmac()] })

/** What would give the private topic away to whoever does not know it. */
const TELLTALE: Needles = new Map([
  ...[PRIVATE, TEXT].flatMap(text => [...formsOf(text)]),
  ...hashesOf(PRIVATE)
])
const PIPELINE = formsOf(secret.pipelineId)

describe('in one swarm with peersockets 1.0.0, users of public topics and users of private ones', () => {
  test('public topics reach everybody, and private ones only those who are in them', async () => {
    const network = await createNetwork({ stack: 'networker', peers: 5, connected: false })
    onTestFinished(() => network.close())
    const outside = network.networkers.slice(0, 3)
    const heardOutside = outside.flatMap(networker => {
      const heard: ReturnType<typeof overhear>[] = []
      networker.on('handshake', stream => heard.push(overhear(stream)))
      return [heard]
    })

    const heard: string[] = []
    const originals = network.networkers.slice(0, 2).map((networker, place) => {
      const room = new OriginalPeersockets(networker).join(PUBLIC, {
        onmessage: message => heard.push(`${place} ${message}`)
      })
      return () => {
        for (const peer of networker.peers) room.send(`from ${place}`, peer)
      }
    })
    const ours = network.networkers.slice(2).map((networker, n) => {
      const place = n + 2
      const sockets = new Peersockets(networker)
      const onmessage = (message: Buffer) => heard.push(`${place} ${message}`)
      const room = sockets.join(PUBLIC, { onmessage })
      const privately = place > 2 ? sockets.join(secret, { onmessage }) : undefined
      return { sockets, room, privately, say: () => room.broadcast(`from ${place}`) }
    })
    await network.allConnected()
    // Who only listens is not announced by 1.0.0; once all of them have spoken, they are seen, and reached.
    for (const say of originals) say()
    await expect.poll(() => ours.map(({ room }) => room.peers.size), TIMEOUT).toEqual([4, 4, 4])
    await expect
      .poll(() => ours.map(({ privately }) => privately?.peers.size), TIMEOUT)
      .toEqual([undefined, 1, 1])
    for (const { say, privately } of ours) {
      say()
      privately?.broadcast(TEXT)
    }

    const places = [0, 1, 2, 3, 4]
    const everybody = places.flatMap(from =>
      places.flatMap(to => (from === to ? [] : [`${to} from ${from}`]))
    )
    const expected = [...everybody, `3 ${TEXT}`, `4 ${TEXT}`].toSorted()
    await expect.poll(() => heard.toSorted(), TIMEOUT).toEqual(expected)
    for (const { sockets } of ours) expect(sockets.stats.rejected).toEqual({})
    for (const connections of heardOutside) {
      expect(connections).toHaveLength(4)
      for (const { bytes, names } of connections) {
        expect(foundIn(bytes(), new Map([...TELLTALE, ...PIPELINE]))).toEqual([])
        for (const name of names.flat())
          expect([`peersockets/v0/${PUBLIC}`, 'peersockets/v1']).toContain(name)
      }
    }
  })
})

/** Breaks the negotiation of wire v1: gives what goes in the place of a message. */
type Tampering = (message: PlainMessage) => Buffer | undefined

const isAnnouncement = (message: PlainMessage): boolean => {
  const at = headerAt(message)
  return at !== undefined && message.bytes.readUInt8(at) === ANNOUNCEMENT
}

/** Says `replacement` instead of `text` in an announcement. */
function announcing(text: string, replacement: string): Tampering {
  return message => {
    if (!isAnnouncement(message)) return undefined
    const forged = Buffer.from(message.bytes.toString('latin1').replace(text, replacement), 'latin1')
    return forged.equals(message.bytes) ? undefined : forged
  }
}

/** Makes frames of one kind something that is passed over. */
function without(kind: number): Tampering {
  return message => {
    const forged = Buffer.from(message.bytes)
    for (const frame of framesOf(message)) {
      if (frame.wire === 'v1' && frame.kind === kind)
        forged.writeUInt8(frame.id * 8 + KIND.unknown, frame.idAt)
    }
    return forged.equals(message.bytes) ? undefined : forged
  }
}

/** Names as an announcement lists them: each a field of Protocol Buffers, with a tag and a length of a byte each. */
function fieldsOf(...names: readonly string[]): string {
  return names.map(name => `\n${String.fromCharCode(name.length)}${name}`).join('')
}

const V0_NAME = `peersockets/v0/${PRIVATE}`

const NO_ACCEPT = 'no ACCEPT arrives'

const TAMPERINGS: Readonly<Record<string, Tampering>> = {
  'wire v1 is not announced': announcing('peersockets/v1', 'peersockets/v9'),
  'the private topic is announced on wire v0 instead': announcing(
    fieldsOf(`peersockets/v0/${PUBLIC}`, 'peersockets/v1'),
    fieldsOf(V0_NAME)
  ),
  'packets of wire v1 go to a public topic': message => {
    const [frame] = framesOf(message)
    const at = headerAt(message)
    if (frame?.wire !== 'v1' || at === undefined) return undefined
    const forged = Buffer.from(message.bytes)
    forged.writeUInt8(0, at + 1)
    return forged
  },
  'no HELLO arrives': without(KIND.hello),
  'no OPEN arrives': without(KIND.open),
  [NO_ACCEPT]: without(KIND.accept)
}

/** Whose words are tampered with: those of who dials, of who answers, or of both. */
const WHOSE: readonly (readonly number[])[] = [[0], [1], [0, 1]]

interface Outcome {
  readonly done: number
  /** What was reported to each, until there is nothing left to be said. */
  readonly codes: readonly (readonly string[])[]
  /** How many each saw in the private topic. */
  readonly present: readonly number[]
  readonly heard: number
  readonly connections: readonly number[]
  readonly extensions: readonly (readonly string[])[]
  /** What of the telltale either said, under the cipher. */
  readonly said: readonly string[]
  /** What was heard when they met again, and nobody was on the path. */
  readonly heardAfterwards: readonly string[]
}

/** Two who are in the private topic meet, and say something in it at once. */
async function meet(tamper: Tampering, whose: readonly number[]): Promise<Outcome> {
  const network = await createNetwork({ stack: 'networker', connected: false })
  const networkers: readonly AnyNetworker[] = network.networkers
  const plaintext = new KnownPlaintext(networkers)
  const sent: Buffer[] = []
  let done = 0
  plaintext.onmessage = message => {
    sent.push(message.bytes)
    const forged = whose.includes(message.lane.from) ? tamper(message) : undefined
    if (forged !== undefined && plaintext.rewrite(message, forged)) done++
  }
  network.attack(plaintext.attack)

  const heard: string[] = []
  const parties = networkers.map(networker => {
    const codes: string[] = []
    const sockets = new Peersockets(networker, { onreject: ({ code }) => codes.push(code) })
    sockets.join(PUBLIC)
    const room = sockets.join(secret, { onmessage: message => heard.push(message.toString()) })
    networker.on('handshake', ({ remotePublicKey }) => {
      if (remotePublicKey !== null) room.send(TEXT, remotePublicKey)
    })
    return { codes, sockets, room }
  })
  try {
    await network.heal(0, 1)
    // Each has been told that his message did not go, or it went.
    await until(() =>
      parties.every(({ codes, room }) => codes.includes('ERR_PEER_NOT_IN_TOPIC') || room.peers.size > 0)
    )
    const outcome = {
      done,
      codes: parties.map(({ codes }) => [...codes]),
      present: parties.map(({ room }) => room.peers.size),
      heard: heard.length,
      connections: parties.map(({ sockets }) => sockets.stats.connections),
      extensions: network.streams(0, 1).map(({ extensions }) => extensions.names()),
      said: foundIn(Buffer.concat(sent), TELLTALE)
    }
    plaintext.onmessage = () => {}
    await network.cut(0, 1)
    await network.heal(0, 1)
    await until(() => heard.length >= outcome.heard + 2)
    return { ...outcome, heardAfterwards: heard.slice(outcome.heard) }
  } finally {
    await network.close()
  }
}

/** Resolves once something is so, or would have been long ago: what it is instead is seen in the outcome. */
async function until(condition: () => boolean): Promise<void> {
  const patience = Date.now() + 30_000
  while (!condition() && Date.now() < patience) await new Promise(resolve => setTimeout(resolve, 20))
}

describe('over real networkers, when somebody on the path sees to it that', () => {
  const cases = Object.entries(TAMPERINGS).flatMap(([name, tamper]) =>
    WHOSE.map(whose => ({ name, tamper, whose }))
  )
  let outcomes: ReadonlyMap<string, Outcome> = new Map()

  // All at once, because most of them wait ten seconds for an answer that does not come.
  beforeAll(async () => {
    const met = cases.map(
      async ({ name, tamper, whose }) => [`${name} ${whose}`, await meet(tamper, whose)] as const
    )
    outcomes = new Map(await Promise.all(met))
  }, 120_000)

  test.each(cases)('$name, from $whose, there is silence: no wire v0, and no name', ({ name, whose }) => {
    const outcome = outcomes.get(`${name} ${whose}`)
    expect(outcome?.done).toBeGreaterThan(0)
    // Who loses only his ACCEPT has got that of the other, who is in the topic: for him all is well.
    const reached = (place: number) => name === NO_ACCEPT && whose.length === 1 && whose[0] === place
    expect(outcome).toMatchObject({
      present: [0, 1].map(place => (reached(place) ? 1 : 0)),
      heard: 0,
      connections: [1, 1],
      extensions: Array(2).fill([`peersockets/v0/${PUBLIC}`, 'peersockets/v1']),
      heardAfterwards: [TEXT, TEXT]
    })
    for (const [place, codes] of (outcome?.codes ?? []).entries()) {
      expect(codes.filter(code => code === 'ERR_PEER_NOT_IN_TOPIC')).toHaveLength(reached(place) ? 0 : 1)
    }
    // What went to a member, and was kept there for want of an ACCEPT, is the text alone, which is encrypted.
    const text = whose.length === 1 && name === NO_ACCEPT ? [`${TEXT} in UTF-8`] : []
    expect(outcome?.said).toEqual(text)
  })
})
