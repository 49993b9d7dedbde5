import { checkedMaxDepth, DEFAULT_MAX_DEPTH } from '@peersockets/values'
import type { Codec } from 'peersockets'
import { withMarksDoubled } from './byte-order-mark.js'
import { MsgpackCopying } from './copying.js'
import { Guard } from './guard.js'
import { mapsOf, objectsOf, packed } from './packr.js'
import { settled } from './settled.js'

/** What `msgpack` is to allow. */
export interface MsgpackOptions {
  /** How many arrays, objects and Maps may stand within each other, both ways: 1 to 1000, 100 by default. */
  maxDepth?: number | undefined
}

/**
 * A codec for MessagePack that any implementation reads: objects are plain maps, dates are timestamps, and there is no
 * extension type but that one of the specification. What cannot be carried without loss is an error.
 */
export function msgpack(options: MsgpackOptions = {}): Codec {
  const maxDepth = checkedMaxDepth(options.maxDepth ?? DEFAULT_MAX_DEPTH)
  return {
    name: 'msgpack',
    contract: 2,
    encode: value => packed(new MsgpackCopying(maxDepth).copy(value)),
    decode(bytes) {
      const guard = new Guard(bytes, maxDepth)
      guard.whole()
      const sound = guard.marked.length > 0 ? withMarksDoubled(bytes, guard.marked) : bytes
      return guard.onlyObjects ? objectsOf(sound) : settled(mapsOf(sound))
    }
  }
}
