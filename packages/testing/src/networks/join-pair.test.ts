import { defineTopic } from 'peersockets'
import { expect, onTestFinished, test } from 'vitest'
import { createNetwork, joinPair, settled } from './index.js'

test('two peers in a topic know of each other at once, and hear each other', async () => {
  const { alice, bob, close } = await joinPair(defineTopic({ name: 'chat' }))
  onTestFinished(close)
  expect([...alice.room.peers]).toEqual([alice.peer])
  expect([...bob.room.peers]).toEqual([bob.peer])
  alice.room.send('hi', alice.peer)
  bob.room.send('hello', bob.peer)
  await settled()
  expect([alice.received, bob.received].map(String)).toEqual(['hello', 'hi'])
  expect([...alice.rejected, ...bob.rejected]).toEqual([])
})

test('they meet on the networks that they are given, under the name that they are given', async () => {
  const network = await createNetwork({ stack: 'memory' })
  onTestFinished(() => network.close())
  const { alice, bob, close } = await joinPair(defineTopic({}), {
    networks: network.networkers,
    name: 'cursors'
  })
  expect([alice.room.name, bob.room.name]).toEqual(['cursors', 'cursors'])
  await close()
  expect(network.networkers.map(({ streams }) => streams.size)).toEqual([1, 1])
})

test('what is refused is with the one that refused it', async () => {
  const { alice, bob, close } = await joinPair(
    defineTopic({
      name: 'refusing',
      middleware: [
        {
          name: 'refuse',
          open: () => ({
            send: frame => frame,
            receive() {
              throw new Error('no')
            }
          })
        }
      ]
    })
  )
  onTestFinished(close)
  alice.room.send('hi', alice.peer)
  await settled()
  expect(bob.rejected.map(({ code }) => code)).toEqual(['ERR_MIDDLEWARE_REJECTED'])
  expect([bob.received, alice.rejected]).toEqual([[], []])
})

test('one network is not two', async () => {
  const network = await createNetwork({ stack: 'memory', peers: 1 })
  onTestFinished(() => network.close())
  await expect(joinPair(defineTopic({ name: 'alone' }), { networks: network.networkers })).rejects.toThrow(
    'A pair takes two networks.'
  )
})
