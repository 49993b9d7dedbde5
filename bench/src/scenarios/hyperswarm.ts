import type { Case, Scenario } from '../contender.js'
import { buffers } from '../traffic/buffers.js'
import { CHAT_BYTES, chats } from '../traffic/chats.js'
import { keyedMsgpackChat, signedMsgpackChat } from '../ways/chat-topic.js'
import { lazily } from '../ways/lazily.js'
import { type Carrier, messagesOver, overTcp } from '../ways/secret-stream/connection.js'
import { corkedJson, corkedProtomux, protomux } from '../ways/secret-stream/protomux.js'
import { topicOverSecretStream } from '../ways/secret-stream/topic.js'
import { stream } from '../workloads/stream.js'

const overHyperswarm = lazily(
  async () => (await import('../ways/secret-stream/hyperswarm.js')).overHyperswarm
)

const CORKED = 'protomux, corked by hand, Buffers'
const SIGNED = 'zod + msgpack + hmac()'
const KEYED = 'zod + msgpack + hmac({ key })'

export const hyperswarm: Scenario = {
  name: 'hyperswarm',
  title: `Chat objects of ${CHAT_BYTES} B (as JSON) over the streams of Hyperswarm 4, one way, one send each`,
  measure: 'rate',
  operation: 'message',
  baselines: [CORKED],
  ours: [SIGNED, KEYED],
  cases: [over('TCP', 'a secret stream over TCP', overTcp), over('UDX', 'Hyperswarm 4', overHyperswarm)]
}

function over(name: string, network: string, carrier: Carrier): Case {
  return {
    name,
    operations: 100_000,
    alternatives: {
      [CORKED]: stream(messagesOver(carrier, corkedProtomux), buffers(CHAT_BYTES)),
      [SIGNED]: stream(messagesOver(carrier, topicOverSecretStream(signedMsgpackChat)), chats()),
      [KEYED]: stream(messagesOver(carrier, topicOverSecretStream(keyedMsgpackChat)), chats()),
      'protomux, corked by hand, JSON': stream(messagesOver(carrier, corkedJson), chats()),
      'protomux, Buffers': stream(messagesOver(carrier, protomux), buffers(CHAT_BYTES))
    },
    targets: [
      {
        what: `The chat object, zod + msgpack + hmac(), over ${network}, against protomux corked by hand that carries as many bytes`,
        alternative: SIGNED,
        baseline: CORKED,
        reach: 'at least',
        value: 0.6
      }
    ]
  }
}
