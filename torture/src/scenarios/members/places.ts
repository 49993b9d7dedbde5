import { json } from '@peersockets/codec-json'
import { hmac } from '@peersockets/mw-hmac'
import { defineTopic, type PeersocketsOptions } from 'peersockets'
import * as z from 'zod'

export const MAX_MESSAGE_BYTES = 100_000
export const LIMITS = {
  maxMessageBytes: MAX_MESSAGE_BYTES,
  highWaterMark: 64 * 1024,
  maxQueuedBytes: 1024 * 1024
} satisfies PeersocketsOptions

/** In it are the victim, an honest peer, and the attacker. */
export const SHARED = 'shared'
export const SHARED_PIPELINE = 'json > batch > hmac'
/** The same, with nothing that checks what comes. */
export const RAW = 'raw'
export const RAW_PIPELINE = 'raw > batch'
/** The attacker does not know of it. */
export const OTHER = 'other'

/** For the topics that are signed. */
export const numbers = defineTopic({ schema: z.number(), codec: json(), middleware: [hmac()] })
