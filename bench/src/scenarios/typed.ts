import type { Scenario } from '../contender.js'
import { buffers } from '../traffic/buffers.js'
import { CHAT_BYTES, chats } from '../traffic/chats.js'
import { jsonChat, msgpackChat, signedJsonChat, signedMsgpackChat } from '../ways/chat-topic.js'
import { jsonByHand } from '../ways/json-by-hand.js'
import { rawExtension } from '../ways/raw-extension.js'
import { stream } from '../workloads/stream.js'

export const typed: Scenario = {
  name: 'typed',
  title: `Chat objects of ${CHAT_BYTES} B (as JSON), one way, one send each, as fast as they go`,
  measure: 'rate',
  operation: 'message',
  baselines: ['raw extension, Buffers', 'raw extension, JSON'],
  cases: [
    {
      name: `${CHAT_BYTES} B`,
      operations: 20_000,
      alternatives: {
        'raw extension, Buffers': stream(rawExtension, buffers(CHAT_BYTES)),
        'raw extension, JSON': stream(jsonByHand, chats()),
        'zod + json': stream(jsonChat, chats()),
        'zod + msgpack': stream(msgpackChat, chats()),
        'zod + json + hmac()': stream(signedJsonChat, chats()),
        'zod + msgpack + hmac()': stream(signedMsgpackChat, chats())
      }
    }
  ]
}
