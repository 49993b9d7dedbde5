import { msgpack } from '@peersockets/codec-msgpack'
import { hmac } from '@peersockets/mw-hmac'
import { defineTopic, type Topic } from 'peersockets'
import * as z from 'zod'

/** How many bridges a note may cross. */
export const MAX_HOPS = 4

const schema = z.object({
  /** The same on every network, whoever relays it. */
  id: z.uuid(),
  /** The bridges that it has crossed. */
  hops: z.int().min(0).max(MAX_HOPS),
  from: z.string().max(64),
  text: z.string().max(2000)
})

export type Note = z.infer<typeof schema>

/** The topic that is bridged. Whoever holds `key`, on either network, is believed; a bridge needs it too. */
export function notes(key: Buffer): Topic<Note> {
  return defineTopic({ name: 'notes', schema, codec: msgpack(), middleware: [hmac({ key })] })
}
