import { randomBytes } from 'node:crypto'
import { createBitFlipper, createNetwork } from '@peersockets/testing'
import { defineTopic, type Middleware, Peersockets } from 'peersockets'
import { expect, onTestFinished, test } from 'vitest'
import { encrypt } from './encrypt.js'

const key = randomBytes(32)

/** A peer for each middleware, all in one topic: what each hears, and what is reported to it. */
async function group(...middleware: Middleware[]) {
  const network = await createNetwork({ stack: 'memory', peers: middleware.length })
  onTestFinished(() => network.close())
  const members = network.networkers.map((networker, at) => {
    const heard: string[] = []
    const rejected: string[] = []
    const sockets = new Peersockets(networker)
    const stages = middleware.slice(at, at + 1)
    const room = sockets.join(defineTopic({ name: 'board', batch: false, middleware: stages }), {
      onmessage: message => heard.push(message.toString()),
      onreject: ({ code, topic }) => rejected.push(`${code} on ${topic}`)
    })
    return { room, heard, rejected, sockets, key: networker.keyPair.publicKey }
  })
  const [ada, bob, eve] = members
  if (ada === undefined || bob === undefined) throw new Error('A group has two members or more.')
  return { network, ada, bob, eve, members }
}

test('who is in the topic without the key neither reads what is broadcast nor is believed', async () => {
  const { ada, bob, eve, members } = await group(
    encrypt({ key }),
    encrypt({ key }),
    encrypt({ key: randomBytes(32) })
  )
  await expect.poll(() => members.map(({ room }) => room.peers.size)).toEqual([2, 2, 2])
  expect(ada.room.broadcast('for the group')).toBe(2)
  await expect
    .poll(() => [bob.heard, eve?.rejected])
    .toEqual([['for the group'], ['ERR_BAD_SIGNATURE on board']])
  eve?.room.broadcast('I am one of you')
  await expect
    .poll(() => [ada.rejected, bob.rejected])
    .toEqual([['ERR_BAD_SIGNATURE on board'], ['ERR_BAD_SIGNATURE on board']])
  bob.room.broadcast('thanks')
  await expect.poll(() => ada.heard).toEqual(['thanks'])
  expect(eve?.heard).toEqual([])
})

test('what is changed on the way is rejected, and the next message is not', async () => {
  const { network, ada, bob } = await group(encrypt({ key }), encrypt({ key }))
  await expect.poll(() => ada.room.peers.size).toBe(1)
  const flipper = createBitFlipper()
  network.attack(flipper.attack)
  flipper.flipNext({ offsetFromEnd: 20, mask: 0x08 }, ({ from }) => from === 0)
  ada.room.send('pay alice 10', bob.key)
  await expect.poll(() => bob.rejected).toEqual(['ERR_BAD_SIGNATURE on board'])
  ada.room.send('pay alice 20', bob.key)
  await expect.poll(() => bob.heard).toEqual(['pay alice 20'])
})

test('a topic is left, and joined with the next key, on a live connection', async () => {
  const next = randomBytes(32)
  const { ada, bob } = await group(encrypt({ key }), encrypt({ keys: [next, key] }))
  await expect.poll(() => ada.room.peers.size).toBe(1)
  ada.room.send('under the old key', bob.key)
  await expect.poll(() => bob.heard).toEqual(['under the old key'])
  ada.room.close()
  const heard: string[] = []
  const room = ada.sockets.join(
    defineTopic({ name: 'board', batch: false, middleware: [encrypt({ key: next })] }),
    { onmessage: message => heard.push(message.toString()) }
  )
  await expect.poll(() => room.peers.size).toBe(1)
  room.send('under the next', bob.key)
  bob.room.send('and back', ada.key)
  await expect.poll(() => [bob.heard.at(-1), heard]).toEqual(['under the next', ['and back']])
  expect(bob.rejected).toEqual([])
})
