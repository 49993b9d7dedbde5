import type { Scenario } from '../contender.js'
import { v1Topics } from '../ways/peersockets-v1.js'
import { rawExtensions } from '../ways/raw-extension.js'
import { privateTopics, publicTopics } from '../ways/topic.js'
import { joinTopics } from '../workloads/join.js'

const RAW = 'raw extensions'
const PRIVATE = 'private topics'

export const join: Scenario = {
  name: 'join',
  title: 'Both ends of a new connection join the same topics',
  measure: 'rate',
  operation: 'topic',
  baselines: [RAW],
  ours: [PRIVATE, 'public topics'],
  cases: [
    {
      name: '1,000 topics',
      operations: 1_000,
      alternatives: {
        [RAW]: joinTopics(rawExtensions),
        [PRIVATE]: joinTopics(privateTopics),
        'public topics': joinTopics(publicTopics),
        'peersockets@1.0.0': joinTopics(v1Topics)
      }
    },
    {
      name: '10,000 topics',
      operations: 10_000,
      alternatives: {
        [RAW]: joinTopics(rawExtensions),
        [PRIVATE]: joinTopics(privateTopics)
      },
      targets: [
        {
          what: 'Joining 10,000 topics on a connection, against 10,000 raw extensions',
          alternative: PRIVATE,
          baseline: RAW,
          reach: 'at least',
          value: 20
        }
      ]
    }
  ]
}
