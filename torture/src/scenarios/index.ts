import type { Scenario } from '../scenario.js'

/** In the order in which they are run. */
export const scenarios: readonly Scenario[] = []
