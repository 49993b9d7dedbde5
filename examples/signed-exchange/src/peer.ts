/** A peer: a process with a networker of its own. It does what the story tells it, and reports what happens to it. */
import { type Address, createNetworker } from '@peersockets/testing'
import { type Peer, Peersockets, PeersocketsError } from 'peersockets'
import type { Command, Report } from './messages.js'
import { bareOrders, payments, signedOrders } from './topics.js'

// Without its parent nobody would ever tell it to end.
const orphaned = () => process.exit()
process.on('disconnect', orphaned)
if (!process.connected) orphaned()
process.on('uncaughtException', error => {
  process.exitCode = 1
  report({ event: 'failed', reason: error.message })
  process.disconnect()
})

const [bootstrap = ''] = process.argv.slice(2)
const meetingPlace = payments.discoveryKey()
let detour: Address | undefined

const networker = await createNetworker({ bootstrap, dial: found => detour ?? found })
const sockets = new Peersockets(networker)
const handles = {
  payments: sockets.join(payments, {
    onpeerjoin,
    onpeerleave: peer => report({ event: 'lost', key: keyOf(peer) }),
    onmessage: (payment, peer) => report({ event: 'payment', payment, from: keyOf(peer) })
  }),
  bare: sockets.join(bareOrders, {
    onpeerjoin,
    onmessage: (bytes, peer) =>
      report({ event: 'order', topic: 'bare', text: bytes.toString(), from: keyOf(peer) })
  }),
  signed: sockets.join(signedOrders, {
    onpeerjoin,
    onmessage: (bytes, peer) =>
      report({ event: 'order', topic: 'signed', text: bytes.toString(), from: keyOf(peer) })
  })
}
sockets.on('reject', ({ topic, code, message }, peer) => {
  report({ event: 'rejected', topic, code, reason: message, from: keyOf(peer) })
})

process.on('message', (command: Command) => {
  obey(command).catch(error => {
    if (!PeersocketsError.is(error)) throw error
    const [issue] = error.issues
    report({
      event: 'refused',
      code: error.code,
      reason: issue?.message ?? error.message,
      field: issue?.path.join('.') ?? ''
    })
  })
})
report({ event: 'listening', key: networker.keyPair.publicKey.toString('hex'), address: ownAddress() })

async function obey(command: Command): Promise<void> {
  switch (command.do) {
    case 'announce':
      await networker.configure(meetingPlace, { announce: true, lookup: false })
      report({ event: 'announced' })
      break
    case 'look up':
      await networker.configure(meetingPlace, { announce: false, lookup: true })
      break
    case 'pay':
      handles.payments.send(command.payment, command.to)
      break
    case 'order':
      handles[command.topic].send(command.text, command.to)
      break
    case 'take a detour':
      detour = command.by
      for (const { stream } of networker.peers) stream.destroy()
      break
    case 'leave':
      await sockets.stop()
      await networker.close()
      // Nothing is open any more but the line to the parent: without it the process ends by itself.
      process.off('disconnect', orphaned)
      process.disconnect()
  }
}

/** Each topic says for itself that the peer is in it; the last of them makes it a meeting. */
function onpeerjoin(peer: Peer): void {
  const everywhere = Object.values(handles).every(({ peers }) => peers.has(peer))
  if (everywhere) report({ event: 'met', key: keyOf(peer) })
}

function report(what: Report): void {
  process.send?.(what)
}

function keyOf(peer: Peer): string {
  return peer.remotePublicKey.toString('hex')
}

function ownAddress(): Address {
  if (!networker.swarm) throw new Error('The networker does not listen.')
  const { address, port } = networker.swarm.address()
  return { host: address, port }
}
