import { randomBytes } from 'node:crypto'
import type { Peer, PeersocketsError, TopicHandle } from 'peersockets'
import type { Random } from '../../random.js'
import type { SocketMembers, StackName } from '../../stacks.js'
import { MAX_MESSAGE_BYTES, RAW, RAW_PIPELINE, SHARED, SHARED_PIPELINE } from './places.js'
import { frame, number, RawMember, sequence } from './raw-member.js'

/** Who is attacked, and by whom. */
export interface Scene {
  readonly network: SocketMembers
  readonly random: Random
  /** The victim's handle of the topic in which the attacker is a member too. */
  readonly room: TopicHandle<Buffer>
}

export interface Attack {
  readonly name: string
  /** What the victim is told: nothing else, and something of it, if there is anything. */
  readonly codes: readonly PeersocketsError['code'][]
  /** How often it is told so after so many units, if that is certain. */
  rejections?(units: number): number
  /** How many units it does at least, and at most, while the victim talks with others. */
  readonly least: number
  readonly most: number
  /** It takes a network that has `throttle`. */
  readonly throttled?: boolean
  /** Sets it up. What is returned does one unit of harm, and gives how many units that were. */
  begin(scene: Scene): Promise<() => Promise<number>>
}

const [VICTIM, ATTACKER] = [0, 2]
/** Frames of one packet in a flood of small ones. */
const PACKET_FRAMES = 2_000
/** SPEC, "Bounds". */
const MAX_REMOTE_TOPICS = 16_384
const MAX_MATCHES = 16
/** The first number that is left, behind those of the two topics that he joins. */
const FIRST = 3
const EMPTY = Buffer.alloc(0)

async function member({ network }: Scene): Promise<RawMember> {
  const raw = new RawMember(network.streams(ATTACKER, VICTIM)[0])
  raw.greet()
  await raw.pace()
  return raw
}

/** A flood of frames that `next` makes, in packets. */
function floodOf(
  name: string,
  codes: Attack['codes'],
  next: (raw: RawMember, n: number) => readonly Buffer[]
): Attack {
  return {
    name,
    codes,
    least: 12 * PACKET_FRAMES,
    most: 5_000 * PACKET_FRAMES,
    async begin(scene) {
      const raw = await member(scene)
      await raw.join(SHARED, 1, SHARED_PIPELINE)
      await raw.join(RAW, 2, RAW_PIPELINE)
      let n = 0
      return async () => {
        const frames: Buffer[] = []
        while (frames.length < PACKET_FRAMES) frames.push(...next(raw, n++))
        raw.send(...frames)
        await raw.pace()
        return frames.length
      }
    }
  }
}

/** The victim sends to somebody who takes little or nothing of it. */
function unread(name: string, slow: (scene: Scene) => void): Attack {
  return {
    name,
    codes: ['ERR_PEER_CONGESTED'],
    least: 200,
    most: 100_000,
    async begin(scene) {
      const raw = await member(scene)
      await raw.join(RAW, 2, RAW_PIPELINE)
      const key = scene.network.members[ATTACKER]?.key
      const target = (): Peer | undefined =>
        [...scene.room.peers].find(({ remotePublicKey }) => key?.equals(remotePublicKey))
      while (target() === undefined) await raw.pace()
      slow(scene)
      return async () => {
        scene.room.broadcast(Buffer.alloc(MAX_MESSAGE_BYTES), {
          except: [...scene.room.peers].filter(peer => peer !== target())
        })
        await raw.pace()
        return 1
      }
    }
  }
}

export const attacks: readonly Attack[] = [
  {
    ...floodOf('topics that nobody knows, more and more of them', ['ERR_LIMIT_EXCEEDED'], (_raw, n) => [
      frame('open', FIRST + n, randomBytes(16))
    ]),
    // Two are open that the victim is in.
    rejections: units => units + 2 - MAX_REMOTE_TOPICS
  },
  floodOf('topics that nobody knows, opened and closed', [], (_raw, n) => [
    frame('open', FIRST + n, randomBytes(16)),
    frame('close', FIRST + n)
  ]),
  floodOf('a topic that the victim is in, closed and opened', [], (raw, n) => [
    frame('close', FIRST + n - 1),
    frame('open', FIRST + n, raw.tag(RAW)),
    raw.accept(RAW, FIRST + n, RAW_PIPELINE)
  ]),
  floodOf('tiny frames', ['ERR_MALFORMED_FRAME'], () => [
    frame('data', 1, EMPTY),
    // A batch that is cut off.
    frame('data', 2, Buffer.of(1))
  ]),
  floodOf('frames that are none', ['ERR_MALFORMED_FRAME'], () => [frame('open', 3, EMPTY), EMPTY]),
  floodOf('questions that it does not wait for an answer to', [], (_raw, n) => [frame('ping', 0, number(n))]),
  floodOf('HELLO of one instance after another', ['ERR_LIMIT_EXCEEDED'], raw => [raw.beginAnew()]),
  floodOf('OPEN under a number that was used', ['ERR_MALFORMED_FRAME', 'ERR_LIMIT_EXCEEDED'], raw => [
    raw.hello(),
    frame('open', 1, raw.tag(RAW))
  ]),
  floodOf(
    'ACCEPT with wrong checks, of a topic that is open as often as may be',
    ['ERR_BAD_SIGNATURE', 'ERR_LIMIT_EXCEEDED', 'ERR_NOT_ACCEPTED'],
    (raw, n) => [
      ...(n === 0
        ? Array.from({ length: MAX_MATCHES }, (_, at) => frame('open', FIRST + at, raw.tag(RAW)))
        : []),
      raw.accept(RAW, FIRST, RAW_PIPELINE, { check: Buffer.alloc(6) })
    ]
  ),
  {
    name: 'frames as large as the connection carries',
    codes: ['ERR_MESSAGE_TOO_LARGE', 'ERR_MALFORMED_FRAME', 'ERR_BAD_SIGNATURE'],
    least: 3,
    most: 400,
    async begin(scene) {
      const raw = await member(scene)
      await raw.join(SHARED, 1, SHARED_PIPELINE)
      await raw.join(RAW, 2, RAW_PIPELINE)
      const body = sequence([Buffer.alloc(raw.largestPacket - 32)])
      let id = 0
      return async () => {
        id = 1 - id
        raw.send(frame('data', 1 + id, body))
        await raw.pace()
        return 1
      }
    }
  },
  {
    name: 'messages that are larger than the victim takes',
    codes: ['ERR_MESSAGE_TOO_LARGE'],
    least: 200,
    most: 20_000,
    async begin(scene) {
      const raw = await member(scene)
      await raw.join(RAW, 2, RAW_PIPELINE)
      return async () => {
        raw.send(frame('data', 2, sequence([Buffer.alloc(MAX_MESSAGE_BYTES + 1)])))
        await raw.pace()
        return 1
      }
    }
  },
  unread('a member that never reads', ({ network }) => network.stall(VICTIM, ATTACKER)),
  {
    ...unread('a member that reads a byte a second', ({ network }) =>
      network.throttle?.(VICTIM, ATTACKER, 1)
    ),
    throttled: true
  },
  {
    name: 'connections that are opened and closed',
    codes: [],
    least: 60,
    most: 5_000,
    async begin({ network, random }) {
      let n = 0
      return async () => {
        if (n++ % 10 === 0) {
          const streams = network.streams(ATTACKER, VICTIM)
          const closed = streams.map(stream => new Promise(resolve => stream.once('close', resolve)))
          new RawMember(streams[0]).greet()
          streams[0].destroy()
          // Hyperswarm does not dial whom it still takes to be connected.
          await Promise.all(closed)
          await network.allConnected()
          return 1
        }
        const hangUp = await network.knock(VICTIM, random.bytes(random.integer(0, 64)))
        hangUp()
        return 1
      }
    }
  }
]

/** Those that a network is good for. */
export function attacksOn(stack: StackName): readonly Attack[] {
  return attacks.filter(({ throttled = false }) => !throttled || stack === 'networker')
}
