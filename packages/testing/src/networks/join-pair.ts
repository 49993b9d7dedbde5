import type { Network, Peer, Peersockets, PeersocketsError, Topic, TopicHandle } from 'peersockets'
import { createNetwork } from './network.js'

/** How long to wait until two know of each other, in milliseconds. */
const PATIENCE_MS = 15_000

/** One of two peers in a topic. */
export interface PairMember<Message> {
  readonly sockets: Peersockets
  readonly room: TopicHandle<Message>
  /** The other one, to send to. */
  readonly peer: Peer
  /** The messages that came, in order. */
  readonly received: readonly Message[]
  /** What was reported to `onreject`, in order. */
  readonly rejected: readonly PeersocketsError[]
}

/** Where two peers meet, and in which topic. */
export interface JoinPairOptions {
  /** Two networks, or transports, that are connected to each other. Default: new ones in memory. */
  readonly networks?: readonly Network[]
  /** The name to join under, for a definition without one of its own. */
  readonly name?: string
}

/**
 * Joins a topic with two peers, and resolves once each has been told that the other is in it. `close` stops both, and closes
 * their network unless it was given.
 */
export async function joinPair<Message>(
  topic: Topic<Message>,
  { networks, name }: JoinPairOptions = {}
): Promise<{ alice: PairMember<Message>; bob: PairMember<Message>; close(): Promise<void> }> {
  // Here and not above: networks are of use without peersockets.
  const { Peersockets } = await import('peersockets')
  const memory = networks === undefined ? await createNetwork({ stack: 'memory' }) : undefined
  const [one, other] = networks ?? memory?.networkers ?? []
  if (one === undefined || other === undefined) throw new RangeError('A pair takes two networks.')
  const sockets = [new Peersockets(one), new Peersockets(other)] as const
  const close = async () => {
    await Promise.all(sockets.map(each => each.stop()))
    await memory?.close()
  }
  try {
    const [alice, bob] = await Promise.all(sockets.map(each => member(each, topic, name)))
    if (alice === undefined || bob === undefined) throw new Error('There are two.')
    return { alice, bob, close }
  } catch (error) {
    await close()
    throw error
  }
}

function member<Message>(
  sockets: Peersockets,
  topic: Topic<Message>,
  name: string | undefined
): Promise<PairMember<Message>> {
  const received: Message[] = []
  const rejected: PeersocketsError[] = []
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`Nobody else came into the topic. Waited ${PATIENCE_MS / 1000} s.`))
    }, PATIENCE_MS)
    const room = sockets.join(topic, {
      ...(name !== undefined && { name }),
      onmessage: message => received.push(message),
      onreject: error => rejected.push(error),
      onpeerjoin(peer) {
        clearTimeout(timer)
        resolve({ sockets, room, peer, received, rejected })
      }
    })
  })
}
