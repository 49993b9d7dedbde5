import { checkedMaxDepth, DEFAULT_MAX_DEPTH } from '@peersockets/values'
import type { Codec } from 'peersockets'
import { decode } from './decode.js'
import { encode } from './encode.js'

/** What `json` is to allow. */
export interface JsonOptions {
  /** How many arrays and objects may stand within each other, both ways: 1 to 1000, 100 by default. */
  maxDepth?: number | undefined
}

/**
 * A codec for JSON text (RFC 8259) in UTF-8 that never changes a value: what JSON has no form for is an error on the
 * sending side, and what JavaScript has no value for is an error on the receiving side.
 */
export function json(options: JsonOptions = {}): Codec {
  const maxDepth = checkedMaxDepth(options.maxDepth ?? DEFAULT_MAX_DEPTH)
  return {
    name: 'json',
    contract: 2,
    encode: value => encode(value, maxDepth),
    decode: bytes => decode(bytes, maxDepth)
  }
}
