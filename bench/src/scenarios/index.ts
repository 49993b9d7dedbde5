import type { Scenario } from '../contender.js'
import { broadcast } from './broadcast.js'
import { hyperswarm } from './hyperswarm.js'
import { join } from './join.js'
import { left } from './left.js'
import { memory } from './memory.js'
import { oneMore } from './one-more.js'
import { roundTrip } from './round-trip.js'
import { throughput } from './throughput.js'
import { typed } from './typed.js'

/**
 * In the order they run. Every process loads all of them, so that the heaps are alike: what a message's garbage costs
 * depends on how much else there is in the heap, which in an app is mostly the app's.
 */
export const scenarios: readonly Scenario[] = [
  typed,
  throughput,
  roundTrip,
  join,
  oneMore,
  broadcast,
  memory,
  left,
  hyperswarm
]
