import type { Scenario } from '../contender.js'
import { idleExtensions, idlePrivateTopics, idlePublicTopics } from '../ways/idle-topics.js'
import { idleMemory } from '../workloads/idle-memory.js'

const EXTENSIONS = 'raw extensions'
const PUBLIC = 'public topics'
const PRIVATE = 'private topics'

export const memory: Scenario = {
  name: 'memory',
  title: 'Memory that a topic takes on a connection on which nothing is said',
  measure: 'bytes',
  operation: 'topic',
  baselines: [EXTENSIONS],
  ours: [PRIVATE, PUBLIC],
  cases: [
    {
      name: '2,000 topics on each of 4 connections',
      operations: 2_000,
      alternatives: {
        [EXTENSIONS]: idleMemory(idleExtensions),
        [PUBLIC]: idleMemory(idlePublicTopics),
        [PRIVATE]: idleMemory(idlePrivateTopics)
      },
      targets: [
        {
          what: 'Idle memory of a topic on a connection, in bytes',
          alternative: PRIVATE,
          reach: 'at most',
          value: 350
        }
      ]
    }
  ]
}
