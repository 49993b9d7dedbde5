import type { Scenario } from '../scenario.js'
import { faults } from './faults.js'
import { plugins } from './plugins.js'
import { processes } from './processes.js'
import { soak } from './soak.js'

/** In the order in which they are run. */
export const scenarios: readonly Scenario[] = [plugins, faults, processes, soak]
