/** A process that says what it has to say to the first peer that it meets, stops, closes its network, and ends. */
import { Peersockets, type TopicHandle } from 'peersockets'
import { joinNetwork } from '../processes/join-network.js'
import { speechOf, topics, wordOf } from './words.js'

/** What it tells the one that started it. */
export type SpeakerReport =
  | { readonly event: 'said'; readonly key: string; readonly milliseconds: number }
  | { readonly event: 'fault'; readonly what: string }

// Without its parent nobody would ever end it.
const orphaned = () => process.exit()
process.on('disconnect', orphaned)
if (!process.connected) orphaned()
process.on('uncaughtException', error => fail(`Escaped: ${error.stack}`))
process.on('unhandledRejection', error => fail(`Escaped: ${error}`))

/** `hasty`, for tests, does not wait until what it has said has arrived. */
const [stack = '', bootstrap = '', seed = '', manner = 'patient'] = process.argv.slice(2)
const { moment, words } = speechOf(Number(seed))

const network = await joinNetwork(stack, bootstrap, { announce: false, lookup: true })
const sockets = new Peersockets(network.member.network())
sockets.on('reject', ({ code, message, topic }) => fail(`${code} on ${topic}: ${message}`))
const rooms: TopicHandle<Buffer>[] = []
if (moment !== 'joining') joinAll()
const key = await new Promise<Buffer>(resolve => {
  network.member.onstream(({ remotePublicKey }) => {
    if (remotePublicKey === null) return
    if (moment !== 'connected') return resolve(remotePublicKey)
    void speak(remotePublicKey)
  })
  void network.announced()
})
// For as long as it takes: the parent has no patience without end.
const ready = () => (moment === 'met' ? rooms.every(({ peers }) => peers.size === 1) : true)
while (!ready()) await new Promise(resolve => setTimeout(resolve, 2))
if (moment === 'joining') {
  // What the peer has announced is known by then, most of the time.
  for (let turn = 0; turn < 10; turn++) await new Promise(resolve => setImmediate(resolve))
  joinAll()
}
await speak(key)

function joinAll(): void {
  for (const topic of topics) rooms.push(sockets.join(topic))
}

async function speak(to: Buffer): Promise<void> {
  for (const [n, { topic, bytes }] of words.entries()) rooms[topic]?.send(wordOf(n, bytes), to)
  const begun = performance.now()
  const stopped = sockets.stop()
  if (manner === 'patient') await stopped
  const milliseconds = performance.now() - begun
  await network.close()
  report({ event: 'said', key: network.member.key.toString('hex'), milliseconds })
}

function fail(what: string): void {
  report({ event: 'fault', what })
}

/** Its last report is the end of it. */
function report(what: SpeakerReport): void {
  process.send?.(what, () => process.exit())
}
