import type { Scenario } from '../contender.js'
import { passingPrivateTopics, passingPublicTopics } from '../ways/passing-topics.js'
import { leftMemory } from '../workloads/left-memory.js'

const PUBLIC = 'public topics, which keep a counter'
const PRIVATE = 'private topics'

export const left: Scenario = {
  name: 'left',
  title: 'Memory that a topic with hmac() leaves behind on a connection, when both ends have left it',
  measure: 'bytes',
  operation: 'topic',
  baselines: [PUBLIC],
  ours: [PRIVATE, PUBLIC],
  cases: [
    {
      name: '2,000 topics, 100 at a time',
      operations: 2_000,
      alternatives: {
        [PUBLIC]: leftMemory(passingPublicTopics),
        [PRIVATE]: leftMemory(passingPrivateTopics)
      },
      targets: [
        {
          what: 'Memory that a topic leaves behind on a connection, in bytes',
          alternative: PRIVATE,
          reach: 'at most',
          value: 100
        }
      ]
    }
  ]
}
