import { hmac } from '@peersockets/mw-hmac'
import { createNetwork } from '@peersockets/testing'
import { defineTopic, Peersockets, type Topic } from 'peersockets'
import { expect, test } from 'vitest'
import { framesOf, KIND } from './dissect.js'
import { bodyOf, replaced } from './forger.js'
import { KnownPlaintext } from './known-plaintext.js'

const signed = { name: 'chat', middleware: [hmac()] }
const first = defineTopic(signed)

// The second text makes a frame as long as the first: on wire v0 there is no batch, whose length is a byte.
test.each<[string, Topic<Buffer>, string]>([
  ['public', defineTopic({ ...signed, private: false }), 'another one'],
  [
    'private with a secret',
    defineTopic({ ...signed, secret: Buffer.from('another secret, of some bytes') }),
    'otherwise!'
  ],
  ['private, joined again', defineTopic(signed), 'otherwise!']
])(
  'what was signed on a private topic is not believed on one of the same name that is %s',
  async (_name, second, text) => {
    const network = await createNetwork({ stack: 'memory', connected: false })
    const plaintext = new KnownPlaintext(network.networkers)
    network.attack(plaintext.attack)
    const codes: string[] = []
    const [a, b] = network.networkers.map(
      each => new Peersockets(each, { onreject: ({ code }) => codes.push(code) })
    )
    if (a === undefined || b === undefined) throw new Error('There are two.')
    // Spoils the first frame of data from b, keeps it, and puts it in the place of the second.
    let kept: Buffer | undefined
    plaintext.onmessage = message => {
      for (const frame of framesOf(message)) {
        if (frame.kind !== KIND.data || message.lane.from !== 1) continue
        plaintext.rewrite(
          message,
          kept === undefined ? replaced(frame, frame.end - 1, 0) : replaced(frame, frame.bodyAt, kept)
        )
        kept ??= Buffer.from(bodyOf(frame))
      }
    }
    const heard: string[] = []
    for (const [topic, said] of [
      [first, 'the secret'],
      [second, text]
    ] as const) {
      const rejected = codes.length
      const receiver = a.join(topic, { onmessage: message => heard.push(message.toString()) })
      const room = b.join(topic)
      if (topic === first) await network.heal(0, 1)
      await expect.poll(() => [room.peers.size, receiver.peers.size]).toEqual([1, 1])
      room.broadcast(said)
      await expect.poll(() => codes.length + heard.length).toBe(rejected + 1)
      await Promise.all([room.close(), receiver.close()])
    }
    await network.close()
    expect(heard).toEqual([])
    expect(codes).toEqual(['ERR_BAD_SIGNATURE', 'ERR_BAD_SIGNATURE'])
  }
)
