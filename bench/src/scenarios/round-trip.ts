import type { Scenario } from '../contender.js'
import { buffers } from '../traffic/buffers.js'
import { CHAT_BYTES, chats } from '../traffic/chats.js'
import { signedMsgpackChat } from '../ways/chat-topic.js'
import { libp2p } from '../ways/libp2p/libp2p.js'
import { rawExtension } from '../ways/raw-extension.js'
import { messagesOver, overTcp } from '../ways/secret-stream/connection.js'
import { protomux } from '../ways/secret-stream/protomux.js'
import { tcp } from '../ways/tcp/tcp.js'
import { definedTopic, publicTopic } from '../ways/topic.js'
import { ws } from '../ways/ws.js'
import { roundTrip as workload } from '../workloads/round-trip.js'

const RAW = 'raw extension'
const SIGNED = 'zod + msgpack + hmac()'

export const roundTrip: Scenario = {
  name: 'roundtrip',
  title: 'One message there and back, nothing else on the connection',
  measure: 'time',
  operation: 'round trip',
  baselines: [RAW],
  ours: [SIGNED, 'public topic'],
  cases: [
    {
      name: `${CHAT_BYTES} B`,
      operations: 8_000,
      alternatives: {
        [RAW]: workload(rawExtension, buffers(CHAT_BYTES)),
        [SIGNED]: workload(definedTopic(signedMsgpackChat), chats()),
        'public topic': workload(publicTopic, buffers(CHAT_BYTES)),
        protomux: workload(messagesOver(overTcp, protomux), buffers(CHAT_BYTES)),
        ws: workload(ws, buffers(CHAT_BYTES)),
        libp2p: workload(libp2p, buffers(CHAT_BYTES)),
        TCP: workload(tcp, buffers(CHAT_BYTES))
      },
      targets: [
        {
          what: 'Round trip of one lone typed, signed message, median, against that of a raw extension',
          alternative: SIGNED,
          baseline: RAW,
          reach: 'at most',
          value: 1.25
        }
      ]
    }
  ]
}
