import { scryptSync } from 'node:crypto'
import { msgpack } from '@peersockets/codec-msgpack'
import { hmac } from '@peersockets/mw-hmac'
import { defineTopic } from 'peersockets'
import { z } from 'zod'
import { NAME } from './options.js'

const message = z.object({
  from: z.string().regex(NAME),
  /** Empty in the first message to a peer, which only says who is there. */
  text: z.string().max(2000),
  at: z.date()
})

export type Message = z.infer<typeof message>

/** The topic of every room: typed, validated, signed; with a `secret`, only those who hold it are believed. */
export function defineChat(secret: string | undefined) {
  return defineTopic({
    schema: message,
    codec: msgpack(),
    middleware: [secret === undefined ? hmac() : hmac({ key: keyFrom(secret) })]
  })
}

/** What was said in `value`, if it is a message that says something. */
export function textIn(value: unknown): string {
  return message.safeParse(value).data?.text ?? ''
}

/** A secret that people can remember can be guessed; scrypt makes each guess slow. */
function keyFrom(secret: string): Buffer {
  return scryptSync(secret.normalize(), 'peersockets/examples/chat', 32)
}
