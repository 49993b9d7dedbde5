import { json } from '@peersockets/codec-json'
import { msgpack } from '@peersockets/codec-msgpack'
import { hmac } from '@peersockets/mw-hmac'
import { type Codec, defineTopic, type Middleware } from 'peersockets'
import { z } from 'zod'
import type { Chat } from '../traffic/chats.js'
import { definedTopic } from './topic.js'

export const jsonChat = chatTopic(json(), [])
export const signedJsonChat = chatTopic(json(), [hmac()])
export const msgpackChat = chatTopic(msgpack(), [])
export const signedMsgpackChat = chatTopic(msgpack(), [hmac()])

function chatTopic(codec: Codec, middleware: readonly Middleware[]) {
  const schema: z.ZodType<Chat, Chat> = z.object({
    from: z.string(),
    text: z.string().max(2000),
    at: z.number()
  })
  return definedTopic(defineTopic({ name: 'bench', schema, codec, middleware }))
}
