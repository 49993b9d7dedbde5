import type { Scenario } from '../scenario.js'
import { faults } from './faults.js'
import { garbagePackets } from './garbage-packets.js'
import { garbageStreams } from './garbage-streams.js'
import { members } from './members.js'
import { plugins } from './plugins.js'
import { processes } from './processes.js'
import { soak } from './soak.js'

/** In the order in which they are run. */
export const scenarios: readonly Scenario[] = [
  garbagePackets(),
  garbageStreams(),
  members,
  plugins,
  faults,
  processes,
  soak
]
