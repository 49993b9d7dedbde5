import type { Case, Scenario } from '../contender.js'
import { chats } from '../traffic/chats.js'
import { broadcasting, sending } from '../ways/broadcast.js'
import { msgpackChat } from '../ways/chat-topic.js'
import { toEverybody } from '../workloads/broadcast.js'

const ONE = 'one broadcast'
const EACH = '100 sends'

export const broadcast: Scenario = {
  name: 'broadcast',
  title: 'One typed message to 100 peers, zod + msgpack',
  measure: 'rate',
  operation: 'message',
  baselines: [EACH],
  ours: [ONE],
  cases: [measured('until the call returns', 'call'), measured('until all of it is written', 'tick')]
}

function measured(name: string, until: 'call' | 'tick'): Case {
  return {
    name,
    operations: 100,
    alternatives: {
      [EACH]: toEverybody(sending(msgpackChat), chats(), until),
      [ONE]: toEverybody(broadcasting(msgpackChat), chats(), until)
    },
    targets: [
      {
        what: `Broadcast of one typed message to 100 peers, ${name}, against 100 sends`,
        alternative: ONE,
        baseline: EACH,
        reach: 'at least',
        value: 3
      }
    ]
  }
}
