import type { Middleware } from 'peersockets/plugin'
import { type Check, register, type Test } from '../suite.js'
import { atOnce, carrying, changesNothing } from './carrying.js'
import { detections, goesOnAfterGap } from './detections.js'
import { hostility, rejectsDeclared, rejectsStranger } from './hostility.js'
import { life } from './life.js'
import { ownership } from './ownership.js'
import type { FrameAttack, MiddlewarePromises, MiddlewareSubject } from './subject.js'

export interface MiddlewareSuite extends MiddlewarePromises {
  test: Test
}

/**
 * Registers tests that hold a middleware to the contract, and to what it promises beyond that. `create` makes a new one
 * of the same configuration each time; both ends of a session get one each.
 */
export function testMiddleware(create: () => Middleware, { test, ...promises }: MiddlewareSuite): void {
  const { detects = [], synchronous = false, rejects, stranger } = promises
  const { name, wire = true } = create()
  const checks = [
    ...carrying,
    ...(wire ? [] : [changesNothing]),
    ...(synchronous ? [atOnce] : []),
    ...ownership,
    ...hostility,
    ...[...new Set(detects)].map(detection),
    ...(detects.includes('drop') ? [] : [goesOnAfterGap]),
    ...(rejects === undefined ? [] : [rejectsDeclared(rejects)]),
    ...(stranger === undefined ? [] : [rejectsStranger(stranger)]),
    ...life
  ]
  register(test, name, checks, { create, promises })
}

function detection(attack: FrameAttack): Check<MiddlewareSubject> {
  if (Object.hasOwn(detections, attack)) return detections[attack]
  throw new TypeError(`There is no attack '${attack}', but ${Object.keys(detections).join(', ')}.`)
}
