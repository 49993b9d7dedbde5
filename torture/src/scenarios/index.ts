import type { Scenario } from '../scenario.js'
import { bits } from './bits.js'
import { faults } from './faults.js'
import { garbagePackets } from './garbage-packets.js'
import { garbageStreams } from './garbage-streams.js'
import { lastWords } from './last-words.js'
import { members } from './members.js'
import { path } from './path.js'
import { plugins } from './plugins.js'
import { processes } from './processes.js'
import { rejoin } from './rejoin.js'
import { soak } from './soak.js'

/** In the order in which they are run. */
export const scenarios: readonly Scenario[] = [
  path,
  bits,
  garbagePackets(),
  garbageStreams(),
  members,
  plugins,
  faults,
  rejoin,
  processes,
  lastWords,
  soak
]
