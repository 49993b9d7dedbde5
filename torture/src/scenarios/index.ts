import type { Scenario } from '../scenario.js'
import { plugins } from './plugins.js'

/** In the order in which they are run. */
export const scenarios: readonly Scenario[] = [plugins]
