import type { Scenario } from '../contender.js'
import { buffers } from '../traffic/buffers.js'
import { CHAT_BYTES, chats } from '../traffic/chats.js'
import { jsonChat, msgpackChat, signedJsonChat, signedMsgpackChat } from '../ways/chat-topic.js'
import { jsonByHand } from '../ways/json-by-hand.js'
import { rawExtension } from '../ways/raw-extension.js'
import { definedTopic } from '../ways/topic.js'
import { stream } from '../workloads/stream.js'

const RAW = 'raw extension, Buffers'
const SIGNED = 'zod + msgpack + hmac()'

export const typed: Scenario = {
  name: 'typed',
  title: `Chat objects of ${CHAT_BYTES} B (as JSON), one way, one send each, as fast as they go`,
  measure: 'rate',
  operation: 'message',
  baselines: [RAW, 'raw extension, JSON'],
  ours: [SIGNED, 'zod + json', 'zod + msgpack', 'zod + json + hmac()'],
  cases: [
    {
      name: `${CHAT_BYTES} B`,
      operations: 100_000,
      alternatives: {
        [RAW]: stream(rawExtension, buffers(CHAT_BYTES)),
        [SIGNED]: stream(definedTopic(signedMsgpackChat), chats()),
        'raw extension, JSON': stream(jsonByHand, chats()),
        'zod + json': stream(definedTopic(jsonChat), chats()),
        'zod + msgpack': stream(definedTopic(msgpackChat), chats()),
        'zod + json + hmac()': stream(definedTopic(signedJsonChat), chats())
      },
      targets: [
        {
          what: 'A chat object of about 100 B, zod + msgpack + hmac(), against a raw extension that carries as many bytes',
          alternative: SIGNED,
          baseline: RAW,
          reach: 'at least',
          value: 1.5
        }
      ]
    }
  ]
}
