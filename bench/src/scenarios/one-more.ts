import type { Scenario } from '../contender.js'
import { rawExtensions } from '../ways/raw-extension.js'
import { privateTopics } from '../ways/topic.js'
import { oneMoreTopic } from '../workloads/one-more.js'

const PRIVATE = 'private topics'

export const oneMore: Scenario = {
  name: 'onemore',
  title: 'Bytes that each end sends for one more topic, with 10,000 on the connection',
  measure: 'bytes',
  operation: 'topic',
  baselines: ['raw extensions'],
  ours: [PRIVATE],
  exact: true,
  cases: [
    {
      name: 'both ends join it',
      operations: 10_000,
      alternatives: {
        'raw extensions': oneMoreTopic(rawExtensions),
        [PRIVATE]: oneMoreTopic(privateTopics)
      },
      targets: [
        {
          what: 'Bytes that each end sends for one more topic on a connection with 10,000',
          alternative: PRIVATE,
          reach: 'at most',
          value: 56
        }
      ]
    }
  ]
}
