import { json } from '@peersockets/codec-json'
import { msgpack } from '@peersockets/codec-msgpack'
import { hmac } from '@peersockets/mw-hmac'
import { type Codec, defineTopic, type Middleware } from 'peersockets'
import { z } from 'zod'
import type { Chat } from '../traffic/chats.js'

export const jsonChat = chatTopic(json(), [])
export const signedJsonChat = chatTopic(json(), [hmac()])
export const msgpackChat = chatTopic(msgpack(), [])
export const signedMsgpackChat = chatTopic(msgpack(), [hmac()])
/** Who holds the key is believed, and nobody else. */
export const keyedMsgpackChat = chatTopic(msgpack(), [
  hmac({ key: Buffer.alloc(32, 'the key of the members') })
])

function chatTopic(codec: Codec, middleware: readonly Middleware[]) {
  const schema: z.ZodType<Chat, Chat> = z.object({
    from: z.string(),
    text: z.string().max(2000),
    at: z.number()
  })
  return defineTopic({ name: 'bench', schema, codec, middleware })
}
