import type { Scenario } from '../contender.js'
import { v1Topics } from '../ways/peersockets-v1.js'
import { rawExtensions } from '../ways/raw-extension.js'
import { publicTopics } from '../ways/topic.js'
import { joinTopics } from '../workloads/join.js'

export const join: Scenario = {
  name: 'join',
  title: 'Both ends of a new connection join the same topics',
  measure: 'time',
  operation: 'topic',
  baselines: ['raw extensions'],
  cases: [
    {
      name: '1,000 topics',
      operations: 1_000,
      alternatives: {
        'raw extensions': joinTopics(rawExtensions),
        'peersockets@1.0.0': joinTopics(v1Topics),
        'public topics': joinTopics(publicTopics)
      }
    }
  ]
}
