import type { Codec } from 'peersockets/plugin'
import { register, type Test } from '../suite.js'
import { attacks, rejectsDeclared } from './attacks.js'
import { carrying, refusesDeclared } from './carrying.js'
import { ownership } from './ownership.js'
import type { CodecPromises } from './subject.js'

export interface CodecSuite extends CodecPromises {
  test: Test
}

/**
 * Registers tests that hold a codec to the contract, and to what it promises beyond that. `create` makes a new one of the
 * same configuration each time, as the two sides of a topic have.
 */
export function testCodec(create: () => Codec, { test, ...promises }: CodecSuite): void {
  const { refuses, rejects } = promises
  const checks = [
    ...carrying,
    ...(refuses === undefined ? [] : [refusesDeclared(refuses)]),
    ...ownership,
    ...attacks,
    ...(rejects === undefined ? [] : [rejectsDeclared(rejects)])
  ]
  register(test, create().name, checks, { create, promises })
}
