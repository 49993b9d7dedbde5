import { msgpack } from '@peersockets/codec-msgpack'
import { hmac } from '@peersockets/mw-hmac'
import { defineTopic } from 'peersockets'
import { z } from 'zod'

const payment = z.object({
  to: z.string().min(1),
  amount: z.number().positive(),
  memo: z.string().max(100),
  at: z.date()
})

export type Payment = z.infer<typeof payment>

/** Typed by the schema, validated at both ends, signed. */
export const payments = defineTopic({
  name: 'payments',
  schema: payment,
  codec: msgpack(),
  middleware: [hmac()]
})

/** Bytes, and nothing done to them. */
export const bareOrders = defineTopic({ name: 'orders/bare' })

/** The same bytes, signed. Nothing else is different. */
export const signedOrders = defineTopic({ name: 'orders/signed', middleware: [hmac()] })
