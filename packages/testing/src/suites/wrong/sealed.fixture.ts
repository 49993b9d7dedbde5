import { createHmac } from 'node:crypto'
import type { Layer, Middleware, Session } from 'peersockets/plugin'

type Place = 'session' | 'layer' | 'middleware'

/** Ways in which a seal can be wrong. */
export interface Flaws {
  /** Where it keeps the number of the last frame sent, and of the last one taken. Right: `session`. */
  readonly sentIn?: Place
  readonly takenIn?: Place
  /** Which numbers it takes. Right: those that `grow`; right too, but it detects gaps: the `next`. */
  readonly takes?: 'grow' | 'next' | 'unseen' | 'any'
  /** How many bytes the seal covers. Right: all. */
  readonly covers?: number
  /** Of what it makes its keys. Right: what the session `exported` for each direction. */
  readonly key?: 'exported' | 'undirected' | 'constant'
  /** Counts a frame before it has looked at its seal. */
  readonly hasty?: boolean
  /** Takes what is too short to be sealed. */
  readonly lenient?: boolean
}

interface Count {
  sent: number
  taken: number
  readonly seen: Set<number>
}

const HEAD = 4
const TAG = 16
const counts = new WeakMap<Session, Count>()

function newCount(): Count {
  return { sent: 0, taken: 0, seen: new Set() }
}

function countOf(session: Session): Count {
  const count = counts.get(session) ?? newCount()
  counts.set(session, count)
  return count
}

/** Numbers frames and seals them with a MAC: a middleware that does everything right, but for its flaws. */
export function sealed(flaws: Flaws = {}): Middleware {
  const { sentIn = 'session', takenIn = 'session', takes = 'grow', covers = Number.POSITIVE_INFINITY } = flaws
  const ofMiddleware = newCount()
  return {
    name: 'sealed',
    contract: 1,
    open(session) {
      const places = { session: countOf(session), layer: newCount(), middleware: ofMiddleware }
      const [sent, taken] = [places[sentIn], places[takenIn]]
      const keys = keysOf(session, flaws.key)
      const tagOf = (key: Buffer, sealedBytes: Buffer) =>
        createHmac('sha256', key).update(sealedBytes.subarray(0, covers)).digest().subarray(0, TAG)
      return {
        send(frame) {
          const head = Buffer.alloc(HEAD)
          head.writeUInt32BE(++sent.sent)
          const body = Buffer.concat([head, frame])
          return Buffer.concat([body, tagOf(keys.send, body)])
        },
        receive(frame) {
          if (frame.length < HEAD + TAG) {
            if (flaws.lenient === true) return frame
            throw new RangeError('too short')
          }
          const body = frame.subarray(0, -TAG)
          const number = body.readUInt32BE()
          const last = taken.taken
          if (flaws.hasty === true) taken.taken = Math.max(last, number)
          if (!tagOf(keys.receive, body).equals(frame.subarray(-TAG))) throw new Error('not sealed')
          const accepted = {
            grow: number > last,
            next: number === last + 1,
            unseen: !taken.seen.has(number),
            any: true
          }
          if (!accepted[takes]) throw new Error('not in its turn')
          taken.taken = number
          taken.seen.add(number)
          return body.subarray(HEAD)
        }
      }
    }
  }
}

function keysOf(session: Session, kind: Flaws['key'] = 'exported'): { send: Buffer; receive: Buffer } {
  if (kind === 'constant') return { send: Buffer.from('constant'), receive: Buffer.from('constant') }
  const { send, receive } = session.exportKey('sealed')
  if (kind === 'exported') return { send, receive }
  const both = Buffer.from(send.map((byte, at) => byte ^ (receive[at] ?? 0)))
  return { send: both, receive: both }
}

/** `middleware` with layers that differ in some of their methods. */
export function altered(
  middleware: Middleware,
  alter: (layer: Layer, session: Session) => Partial<Layer>
): Middleware {
  return {
    ...middleware,
    open(session) {
      const layer = middleware.open(session)
      return { ...layer, ...alter(layer, session) }
    }
  }
}
