import type { Peersockets, Topic, TopicHandle } from 'peersockets'
import { MAX_HOPS, type Note } from './note.js'
import { Recent } from './recent.js'

/** Beyond this many notes at once, those that come round again may be relayed again, `MAX_HOPS` times at most. */
const REMEMBERED_NOTES = 10_000

/**
 * Relays a topic between the networks of `sockets`. What arrives was verified, by the keys of the connection that it came on,
 * and what goes out is signed by those that it goes on: a signature is good for one connection only.
 *
 * Each note is relayed once, whichever network it comes from first, so that several bridges between the same networks do not
 * send it round and round.
 */
export function bridge(topic: Topic<Note>, sockets: Peersockets): void {
  const known = new Recent(REMEMBERED_NOTES)
  const room: TopicHandle<Note> = sockets.join(topic, {
    onmessage(note, { network }) {
      if (note.hops >= MAX_HOPS || !known.add(note.id)) return
      const neighbours = [...room.peers].filter(peer => peer.network === network)
      room.broadcast({ ...note, hops: note.hops + 1 }, { except: neighbours })
    }
  })
}
