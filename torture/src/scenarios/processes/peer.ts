/** A process with a networker or a swarm of its own, which talks to every peer in its topics as long as there is one. */
import { type Peer, Peersockets, PeersocketsError, type TopicHandle } from 'peersockets'
import type { Saying } from '../../exchange/ledger.js'
import { lazily, type SayingTopic, sayingTopics } from '../../exchange/party.js'
import { joinNetwork } from './join-network.js'
import type { Report } from './report.js'

// Without its parent nobody would ever end it.
const orphaned = () => process.exit()
process.on('disconnect', orphaned)
if (!process.connected) orphaned()
process.on('uncaughtException', error => report({ event: 'fault', what: `Escaped: ${error.stack}` }))
process.on('unhandledRejection', error => report({ event: 'fault', what: `Escaped: ${error}` }))

const BURST = 20
/** Reports are for every so many messages. */
const REPORTED = 50
/** Who `repeats` says every hundredth message twice, and shall be found out. */
const [stack = '', bootstrap = '', manner = 'honest'] = process.argv.slice(2)

const { member, announced } = await joinNetwork(stack, bootstrap)
const own = member.key.toString('hex')
const sockets = new Peersockets(member.network())
sockets.on('reject', ({ code, message }) => {
  if (code !== 'ERR_PEER_NOT_IN_TOPIC') report({ event: 'fault', what: `${code}: ${message}` })
})
let turn = 0
for (const topic of sayingTopics(lazily(() => turn++ % 3))) join(topic)
await announced()
report({ event: 'ready', key: own })

function join(topic: SayingTopic): void {
  const expected = new WeakMap<Peer, number>()
  const room: TopicHandle<Saying> = sockets.join(topic, {
    onmessage(message, peer) {
      const n = expected.get(peer) ?? 0
      const key = keyOf(peer)
      const right =
        message.n === n && message.to === own && message.from === key && message.topic === room.name
      if (!right)
        report({ event: 'fault', what: `Instead of ${n} on ${room.name} came ${JSON.stringify(message)}.` })
      expected.set(peer, message.n + 1)
      if (n % REPORTED === REPORTED - 1) report({ event: 'heard', topic: room.name, key, messages: n + 1 })
    },
    onpeerjoin(peer) {
      report({ event: 'joined', topic: room.name, key: keyOf(peer) })
      void talk(room, peer)
    },
    onpeerleave: peer => report({ event: 'left', topic: room.name, key: keyOf(peer) })
  })
}

async function talk(room: TopicHandle<Saying>, peer: Peer): Promise<void> {
  let repeated = false
  for (let n = 0; room.peers.has(peer); ) {
    try {
      for (let left = BURST; left > 0; left--) {
        const ready = room.send({ from: own, to: keyOf(peer), topic: room.name, life: 0, n }, peer)
        repeated = manner === 'repeats' && n % 100 === 99 && !repeated
        if (!repeated) n++
        if (!ready) await room.drained(peer)
      }
    } catch (error) {
      if (!PeersocketsError.is(error)) throw error
      if (error.code !== 'ERR_UNKNOWN_PEER') report({ event: 'fault', what: String(error) })
      return
    }
    await new Promise(resolve => setTimeout(resolve, 1))
  }
}

function keyOf(peer: Peer): string {
  return peer.remotePublicKey.toString('hex')
}

function report(what: Report): void {
  process.send?.(what)
}
