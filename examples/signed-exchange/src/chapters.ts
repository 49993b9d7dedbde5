import { inspect } from 'node:util'
import type { Address } from '@peersockets/testing'
import { createMallory, type Mallory } from './mallory.js'
import type { OrderTopic } from './messages.js'
import { type PeerProcess, patiently } from './peer-process.js'
import { type Payment, signedOrders } from './topics.js'
import { chapter, row, say } from './transcript.js'

/** A peer whose network is up. */
export interface Listening {
  readonly process: PeerProcess
  /** Its public key, in hex. */
  readonly key: string
  readonly address: Address
}

export async function meet(ada: PeerProcess, bob: PeerProcess, dht: string): Promise<[Listening, Listening]> {
  chapter('1. Two peers find each other')
  say(`Each is a process with a real network of its own. All they are told is where a DHT node is: ${dht}`)
  const [caller, called] = [await listening(ada), await listening(bob)]
  // One after the other: whoever looks before the other has announced itself would look again only minutes later.
  bob.tell({ do: 'announce' })
  await bob.next('announced', 'announce itself in the DHT')
  ada.tell({ do: 'look up' })
  await connected(caller, called)
  row('connected', 'bob announced himself in the DHT, ada found him there')
  return [caller, called]
}

export async function exchange(ada: Listening, bob: Listening): Promise<void> {
  chapter('2. They exchange payments: typed, validated, signed')
  await pay(ada, bob, { to: 'bob', amount: 12, memo: 'lunch', at: new Date() })
  await pay(bob, ada, { to: 'ada', amount: 3, memo: 'coffee', at: new Date() })
}

export async function refuse(ada: Listening, bob: Listening): Promise<void> {
  chapter('3. What does not fit the schema is not sent')
  const mistaken: Payment = { to: 'bob', amount: -5, memo: 'book', at: new Date() }
  row('ada sends', fields(mistaken, inspect))
  ada.process.tell({ do: 'pay', payment: mistaken, to: bob.key })
  const refused = await ada.process.next('refused', `get an error for an amount of ${mistaken.amount}`, {
    code: 'ERR_INVALID_MESSAGE',
    field: 'amount'
  })
  row('send() throws', `${refused.code} at ${refused.field}: ${refused.reason}`)
  await pay(ada, bob, { ...mistaken, amount: 5 })
}

/** An order, and the one bit that makes another of it: `1` is 0x31, `9` is 0x39. */
const ORDER = 'pay alice 10'
const CHANGED = 'pay alice 90'
const DIGIT_FROM_END = 2
const MASK = 0x31 ^ 0x39

/** What hmac() puts behind the bytes it signs. */
const SIGNATURE_BYTES = 16

export async function attack(ada: Listening, bob: Listening): Promise<void> {
  chapter('4. Somebody on the path changes a message')
  const mallory = await createMallory(bob.address)
  try {
    ada.process.tell({ do: 'take a detour', by: mallory.address })
    await disconnected(ada, bob)
    await connected(ada, bob)
    say(
      'The connection now runs through a proxy. It is encrypted, but flip one bit on the way, and that bit of the ' +
        'message is flipped: a 1 becomes a 9.'
    )
    await changeBareOrder(ada, bob, mallory)
    await changeSignedOrder(ada, bob, mallory)
  } finally {
    await mallory.leave()
  }
  await disconnected(ada, bob)
}

async function changeBareOrder(ada: Listening, bob: Listening, mallory: Mallory): Promise<void> {
  const flipped = mallory.flipNext(DIGIT_FROM_END, MASK)
  order(ada, bob, 'bare')
  const accepted = await bob.process.next('order', 'take the changed order for a good one', {
    topic: 'bare',
    text: CHANGED,
    from: ada.key
  })
  await patiently(flipped, 'The proxy was to change the order on the bare topic, but saw none.')
  row('bare topic', `ada sends '${ORDER}'`)
  row('', `bob gets '${accepted.text}', and nothing tells him`)
}

async function changeSignedOrder(ada: Listening, bob: Listening, mallory: Mallory): Promise<void> {
  const flipped = mallory.flipNext(DIGIT_FROM_END + SIGNATURE_BYTES, MASK)
  order(ada, bob, 'signed')
  const rejected = await bob.process.next('rejected', 'reject the changed order', {
    topic: signedOrders.name,
    code: 'ERR_BAD_SIGNATURE',
    from: ada.key
  })
  await patiently(flipped, 'The proxy was to change the order on the signed topic, but saw none.')
  row('signed topic', `ada sends '${ORDER}'`)
  row('', `bob gets nothing but an error: ${rejected.code}`)

  order(ada, bob, 'signed')
  const intact = await bob.process.next('order', 'get the order that nobody changed', {
    topic: 'signed',
    text: ORDER,
    from: ada.key
  })
  row('', `ada sends it again, bob gets '${intact.text}'`)
}

async function listening(process: PeerProcess): Promise<Listening> {
  const { key, address } = await process.next('listening', 'start its network')
  row(process.name, `process ${process.pid}, ${address.host}:${address.port}, key ${key.slice(0, 8)}...`)
  return { process, key, address }
}

async function connected(one: Listening, other: Listening): Promise<void> {
  await one.process.next('met', `meet ${other.process.name}`, { key: other.key })
  await other.process.next('met', `meet ${one.process.name}`, { key: one.key })
}

async function disconnected(one: Listening, other: Listening): Promise<void> {
  await one.process.next('lost', `leave ${other.process.name}`, { key: other.key })
  await other.process.next('lost', `see ${one.process.name} leave`, { key: one.key })
}

async function pay(from: Listening, to: Listening, payment: Payment): Promise<void> {
  row(`${from.process.name} sends`, fields(payment, inspect))
  from.process.tell({ do: 'pay', payment, to: to.key })
  const arrived = await to.process.next('payment', 'get the same payment', { payment, from: from.key })
  row(`${to.process.name} gets`, `the same (${fields(arrived.payment, value => value.constructor.name)})`)
}

function fields(payment: Payment, show: (value: Payment[keyof Payment]) => string): string {
  return Object.entries(payment)
    .map(([field, value]) => `${field} ${show(value)}`)
    .join(', ')
}

function order(from: Listening, to: Listening, topic: OrderTopic): void {
  from.process.tell({ do: 'order', topic, text: ORDER, to: to.key })
}
