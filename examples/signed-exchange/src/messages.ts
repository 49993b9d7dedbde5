import type { Address } from '@peersockets/testing'
import type { Payment } from './topics.js'

/** What the story tells a peer to do. A peer to send to is named by its public key, in hex. */
export type Command =
  | { do: 'announce' }
  | { do: 'look up' }
  | { do: 'pay'; payment: Payment; to: string }
  | { do: 'order'; topic: OrderTopic; text: string; to: string }
  /** Dial this address from now on, whatever is found; and dial again. */
  | { do: 'take a detour'; by: Address }
  | { do: 'leave' }

/** What a peer tells the story, in the order in which it happens. */
export type Report =
  | { event: 'listening'; key: string; address: Address }
  | { event: 'announced' }
  /** Another peer is in all the topics; by its key, as in all that follow. */
  | { event: 'met'; key: string }
  | { event: 'lost'; key: string }
  | { event: 'payment'; payment: Payment; from: string }
  | { event: 'order'; topic: OrderTopic; text: string; from: string }
  /** Something that arrived was dropped. */
  | { event: 'rejected'; topic: string | undefined; code: string; reason: string; from: string }
  /** `send` threw, and nothing went out. `field` is where the schema found fault. */
  | { event: 'refused'; code: string; reason: string; field: string }
  | { event: 'failed'; reason: string }

export type OrderTopic = 'bare' | 'signed'
