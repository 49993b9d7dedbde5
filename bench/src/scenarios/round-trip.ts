import type { Scenario } from '../contender.js'
import { buffers } from '../traffic/buffers.js'
import { CHAT_BYTES, chats } from '../traffic/chats.js'
import { signedMsgpackChat } from '../ways/chat-topic.js'
import { rawExtension } from '../ways/raw-extension.js'
import { publicTopic } from '../ways/topic.js'
import { roundTrip as workload } from '../workloads/round-trip.js'

export const roundTrip: Scenario = {
  name: 'roundtrip',
  title: 'One message there and back, nothing else on the connection',
  measure: 'time',
  operation: 'round trip',
  baselines: ['raw extension'],
  cases: [
    {
      name: `${CHAT_BYTES} B`,
      operations: 3_000,
      alternatives: {
        'raw extension': workload(rawExtension, buffers(CHAT_BYTES)),
        'public topic': workload(publicTopic, buffers(CHAT_BYTES)),
        'zod + msgpack + hmac()': workload(signedMsgpackChat, chats())
      }
    }
  ]
}
