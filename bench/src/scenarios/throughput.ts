import type { Scenario } from '../contender.js'
import { buffers } from '../traffic/buffers.js'
import { v1Topic } from '../ways/peersockets-v1.js'
import { rawExtension } from '../ways/raw-extension.js'
import { signedTopic } from '../ways/signed-topic.js'
import { publicTopic } from '../ways/topic.js'
import { stream } from '../workloads/stream.js'

export const throughput: Scenario = {
  name: 'throughput',
  title: 'Buffers of one size, one way, as fast as they go',
  measure: 'rate',
  operation: 'message',
  baselines: ['raw extension', 'peersockets@1.0.0'],
  cases: [
    ofSize('32 B', 32, 40_000),
    ofSize('256 B', 256, 30_000),
    ofSize('1 KiB', 1024, 20_000),
    ofSize('64 KiB', 65_536, 600)
  ]
}

function ofSize(name: string, bytes: number, operations: number) {
  const traffic = buffers(bytes)
  return {
    name,
    operations,
    alternatives: {
      'raw extension': stream(rawExtension, traffic),
      'peersockets@1.0.0': stream(v1Topic, traffic),
      'public topic': stream(publicTopic, traffic),
      'topic + hmac()': stream(signedTopic, traffic)
    }
  }
}
