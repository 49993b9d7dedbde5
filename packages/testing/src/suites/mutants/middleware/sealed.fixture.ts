import { createHmac } from 'node:crypto'
import type { Layer, Middleware, Peer, Session } from 'peersockets/plugin'

/** Where a seal counts. Right: in the counters of the `session`. */
type Place = 'session' | 'layer' | 'middleware' | 'peer'

/** Ways in which a seal can be wrong. */
export interface Flaws {
  /** Where the number of the last frame sent is kept. With `opening` it is read when the layer opens, and no more. */
  readonly sentIn?: Place | 'opening'
  /**
   * Where that of the last one received is. Right: a layer compares with the counters as they were when it opened, and with
   * `shared` as they are. A `slot` belongs to the session, and begins anew with other secrets.
   */
  readonly receivedIn?: Place | 'shared' | 'slot'
  /** Which numbers it takes. Right: those that `grow`; right too, but it detects gaps: the `next`. */
  readonly takes?: 'grow' | 'next' | 'unseen' | 'any'
  /** How many bytes the seal covers. Right: all. */
  readonly covers?: number
  /** Of what it makes its keys. Right: what the session `exported` for each direction. */
  readonly key?: 'exported' | 'undirected' | 'constant'
  /** Counts a frame before it has looked at its seal: for the `layer` alone, or for the `session`. */
  readonly hasty?: 'layer' | 'session'
  /** Takes what is too short to be sealed. */
  readonly lenient?: boolean
  /** No flaw: what the keys have in them besides. Both ends need the same. */
  readonly secret?: string
}

type Counters = Session['counters']

const HEAD = 4
const TAG = 16
const ofPeers = new WeakMap<Peer, Counters>()
const slots = new WeakMap<Counters, { secret: string; counters: Counters }>()

function newCounters(): Counters {
  return { sent: 0, received: 0 }
}

function ofPeer(peer: Peer): Counters {
  const counters = ofPeers.get(peer) ?? newCounters()
  ofPeers.set(peer, counters)
  return counters
}

function slotOf({ counters }: Session, secret: string): Counters {
  const known = slots.get(counters)
  const slot = known?.secret === secret ? known : { secret, counters: newCounters() }
  slots.set(counters, slot)
  return slot.counters
}

/** Numbers frames and seals them with a MAC: a middleware that does everything right, but for its flaws. */
export function sealed(flaws: Flaws = {}): Middleware {
  const { sentIn = 'session', receivedIn = 'session', takes = 'grow', secret = '' } = flaws
  const ofMiddleware = newCounters()
  return {
    name: 'sealed',
    contract: 2,
    open(session) {
      const places = {
        session: session.counters,
        opening: session.counters,
        shared: session.counters,
        layer: newCounters(),
        middleware: ofMiddleware,
        peer: ofPeer(session.peer),
        slot: slotOf(session, secret)
      }
      const [sending, receiving] = [places[sentIn], places[receivedIn]]
      let sentByLayer = sending.sent
      let receivedByLayer = receiving.received
      const seen = new Set<number>()
      const keys = keysOf(session, flaws)
      return {
        send(frame) {
          sentByLayer = sentIn === 'opening' ? sentByLayer + 1 : sending.sent + 1
          sending.sent = sentByLayer
          const head = Buffer.alloc(HEAD)
          head.writeUInt32BE(sentByLayer)
          const body = Buffer.concat([head, frame])
          return Buffer.concat([body, tagOf(keys.send, body, flaws)])
        },
        receive(frame) {
          if (frame.length < HEAD + TAG) {
            if (flaws.lenient === true) return frame
            throw new RangeError('too short')
          }
          const body = frame.subarray(0, -TAG)
          const number = body.readUInt32BE()
          const last = receivedIn === 'session' ? receivedByLayer : receiving.received
          if (flaws.hasty !== undefined) receivedByLayer = Math.max(last, number)
          if (flaws.hasty === 'session') receiving.received = receivedByLayer
          if (!tagOf(keys.receive, body, flaws).equals(frame.subarray(-TAG))) throw new Error('not sealed')
          const accepted = {
            grow: number > last,
            next: number === last + 1,
            unseen: !seen.has(number),
            any: true
          }
          if (!accepted[takes]) throw new Error('not in its turn')
          receivedByLayer = number
          receiving.received = Math.max(receiving.received, number)
          seen.add(number)
          return body.subarray(HEAD)
        }
      }
    }
  }
}

function tagOf(key: Buffer, body: Buffer, { covers = Number.POSITIVE_INFINITY }: Flaws): Buffer {
  return createHmac('sha256', key).update(body.subarray(0, covers)).digest().subarray(0, TAG)
}

function keysOf(
  session: Session,
  { key = 'exported', secret = '' }: Flaws
): { send: Buffer; receive: Buffer } {
  const mixed = (exported: Buffer) => createHmac('sha256', exported).update(secret).digest()
  const { send, receive } = session.exportKey('sealed')
  if (key === 'exported') return { send: mixed(send), receive: mixed(receive) }
  const both =
    key === 'constant'
      ? Buffer.from('constant')
      : Buffer.from(send.map((byte, at) => byte ^ (receive[at] ?? 0)))
  return { send: mixed(both), receive: mixed(both) }
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
