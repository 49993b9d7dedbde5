import type { Scenario } from '../scenario.js'
import { faults } from './faults.js'
import { members } from './members.js'
import { plugins } from './plugins.js'
import { processes } from './processes.js'
import { soak } from './soak.js'

/** In the order in which they are run. */
export const scenarios: readonly Scenario[] = [members, plugins, faults, processes, soak]
