import type { Case, Scenario, Target } from '../contender.js'
import { buffers } from '../traffic/buffers.js'
import { libp2p, libp2pJoined } from '../ways/libp2p/libp2p.js'
import { v1Topic } from '../ways/peersockets-v1.js'
import { rawExtension } from '../ways/raw-extension.js'
import { messagesOver, overTcp } from '../ways/secret-stream/connection.js'
import { corkedProtomux, protomux } from '../ways/secret-stream/protomux.js'
import { signedTopic } from '../ways/signed-topic.js'
import { tcp } from '../ways/tcp/tcp.js'
import { publicTopic } from '../ways/topic.js'
import { ws } from '../ways/ws.js'
import { stream } from '../workloads/stream.js'

const RAW = 'raw extension'
const V1 = 'peersockets@1.0.0'
const PUBLIC = 'public topic'
const SIGNED = 'topic + hmac()'
const CORKED = 'protomux, corked by hand'

export const throughput: Scenario = {
  name: 'throughput',
  title: 'Buffers of one size, one way, as fast as they go',
  measure: 'rate',
  operation: 'message',
  baselines: [RAW, CORKED],
  ours: [SIGNED, PUBLIC],
  cases: [
    ofSize('32 B', 32, 150_000, 5),
    ofSize('256 B', 256, 100_000, 3),
    ofSize('1 KiB', 1024, 40_000, 1.3),
    // Two SHA-256 of it, one on each side, leave no more than some 0.67.
    ofSize('64 KiB', 65_536, 1_600, 0.6)
  ]
}

function ofSize(name: string, bytes: number, operations: number, signedAgainstRaw: number): Case {
  const traffic = buffers(bytes)
  return {
    name,
    operations,
    alternatives: {
      [RAW]: stream(rawExtension, traffic),
      [PUBLIC]: stream(publicTopic, traffic),
      [V1]: stream(v1Topic, traffic),
      [SIGNED]: stream(signedTopic, traffic),
      [CORKED]: stream(messagesOver(overTcp, corkedProtomux), traffic),
      protomux: stream(messagesOver(overTcp, protomux), traffic),
      ws: stream(ws, traffic),
      libp2p: stream(libp2p, traffic, { share: 0.2 }),
      'libp2p, joined by hand': stream(libp2pJoined, traffic),
      'TCP, joined by hand': stream(tcp, traffic)
    },
    targets: [
      reach(`Buffers of ${name}, signed, against a raw extension`, SIGNED, RAW, signedAgainstRaw),
      reach(`Buffers of ${name}, signed, against protomux corked by hand`, SIGNED, CORKED, 1),
      reach(`Buffers of ${name} on a public topic, against peersockets@1.0.0`, PUBLIC, V1, 0.97)
    ]
  }
}

function reach(what: string, alternative: string, baseline: string, value: number): Target {
  return { what, alternative, baseline, reach: 'at least', value }
}
