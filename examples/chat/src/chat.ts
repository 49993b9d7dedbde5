import { createNetworker, type Networker } from '@peersockets/testing'
import { type JoinOptions, type Peer, Peersockets, PeersocketsError } from 'peersockets'
import { MeetingPoint } from './meeting-point.js'
import type { Options } from './options.js'
import { printable } from './printable.js'
import { defineChat, type Message, textIn } from './room.js'
import { openTerminal } from './terminal.js'

const LOOK_AGAIN_MS = 1_000

/** How long to wait for peers that may be gone before leaving without their word, and then for a DHT node likewise. */
const LEAVE_MS = 1_000

/** Talks until the terminal closes. Throws a `PortError`. */
export async function chat({ name, room, key, port }: Options): Promise<void> {
  const topic = defineChat(key)
  const roomName = `chat/${room}`
  const meetingPoint = await MeetingPoint.at(port)
  const networker: Networker = await createNetworker({
    bootstrap: meetingPoint.address,
    // Of two peers one dials. If both did, one of the two connections would have to be dropped again.
    validatePeer: found => addressOf(networker) < `${found.host}:${found.port}`
  })
  const sockets = new Peersockets(networker)
  const terminal = openTerminal(`${name}> `)
  const compose = (text: string): Message => ({ from: name, text, at: new Date() })
  const handle = sockets.join(topic, {
    name: roomName,
    ...conversation(terminal.print),
    onpeerjoin: peer => handle.send(compose(''), peer)
  })

  // hyperswarm looks again after minutes only, which is right for the public DHT. Here those who came at the same moment,
  // or lost the process that had the DHT node, should not have to wait.
  const place = topic.discoveryKey(roomName)
  const look = async () => {
    await meetingPoint.keep()
    await networker.configure(place, { flush: false })
  }
  const looking = setInterval(look, LOOK_AGAIN_MS)
  terminal.print(`You are ${name}, in the room ${room}. Ctrl-D or Ctrl-C leaves.`)
  look()

  for await (const line of terminal.lines) {
    if (line.trim() === '') continue
    try {
      const reached = handle.broadcast(compose(line))
      if (reached === 0) terminal.print('* Nobody else is here yet.')
    } catch (error) {
      if (!PeersocketsError.is(error)) throw error
      terminal.print(`! Not sent: ${error.message}`)
    }
  }

  clearInterval(looking)
  // What was said last has arrived when this has resolved, so that the networker may cut its connections.
  await sockets.stop({ timeout: LEAVE_MS })
  setTimeout(() => process.exit(), LEAVE_MS).unref()
  await networker.configure(place, { announce: false, lookup: false })
  await networker.close()
  await meetingPoint.close()
}

/** What the others say and do, as lines. */
function conversation(
  print: (line: string) => void
): Pick<JoinOptions<Message>, 'onmessage' | 'onpeerleave' | 'onreject'> {
  const names = new Map<Peer, string>()
  return {
    onmessage({ from, text, at }, peer) {
      const before = names.get(peer)
      names.set(peer, from)
      if (before === undefined) print(`* ${from} is here (key ${keyOf(peer)}).`)
      // A name is only what a peer says, so it must not change unseen.
      else if (before !== from) print(`* ${before} is now called ${from}.`)
      if (text !== '') print(`${clock(at)} ${from}: ${printable(text)}`)
    },
    onpeerleave(peer) {
      const name = names.get(peer)
      names.delete(peer)
      if (name !== undefined) print(`* ${name} has left.`)
    },
    onreject({ code, message, dropped }, peer) {
      const who = names.get(peer) ?? keyOf(peer)
      const lost = dropped.map(textIn).filter(text => text !== '')
      for (const text of lost) print(`! Not sent to ${who}: ${text} (${code})`)
      if (dropped.length === 0) print(`! From ${who}: ${printable(message)} (${code})`)
    }
  }
}

function keyOf(peer: Peer): string {
  return peer.remotePublicKey.toString('hex', 0, 4)
}

function clock(at: Date): string {
  return at.toTimeString().slice(0, 5)
}

function addressOf({ swarm }: Networker): string {
  if (!swarm) return ''
  const { address, port } = swarm.address()
  return `${address}:${port}`
}
