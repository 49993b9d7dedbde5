import { PeersocketsError } from 'peersockets'
import type { Middleware, Peer } from 'peersockets/plugin'
import { Budget } from './budget.js'
import { type Excess, type LimitOptions, type Limits, readOptions, type Unit } from './options.js'

export type { CommonLimits, Excess, FrameLimits, LimitOptions, MessageLimits } from './options.js'

/** What the layers see, as the contract calls it. */
const SCOPES: Readonly<Record<Unit, 'message' | 'frame'>> = { messages: 'message', frames: 'frame' }

/**
 * Rejects what a peer sends beyond a rate or a size, in messages or in frames. What we send passes. Put a limit of frames
 * last: it is then the first to see what comes in, and what it rejects costs no signature check, no decryption and no
 * inflation. A limit of messages may stand anywhere.
 *
 * One `limit()` counts together what a peer sends on all topics that share it; topics with a `limit()` each are counted
 * each. A peer is a connection: after a reconnect it begins with a whole burst.
 *
 * @example
 * ```ts
 * import { defineTopic } from 'peersockets'
 * import { hmac } from '@peersockets/mw-hmac'
 * import { limit } from '@peersockets/mw-limit'
 *
 * const calm = limit({ messagesPerSecond: 50, bytesPerSecond: 256 * 1024, burst: 2 })
 * const chat = defineTopic({ name: 'chat', middleware: [hmac(), calm] })
 * ```
 *
 * Throws `ERR_INVALID_ARGUMENT`. What is beyond a limit is rejected with `ERR_LIMIT_EXCEEDED`.
 */
export function limit(options: LimitOptions): Middleware {
  const limits = readOptions(options)
  const report = reporterOf(limits)
  const budgets = new WeakMap<Peer, Budget>()

  function budgetOf(peer: Peer): Budget {
    const budget = budgets.get(peer) ?? new Budget(limits)
    budgets.set(peer, budget)
    return budget
  }

  return {
    name: 'limit',
    contract: 2,
    wire: false,
    scope: SCOPES[limits.unit],
    open({ peer, topic }) {
      const budget = budgetOf(peer)
      return {
        send: bytes => bytes,
        receive(bytes) {
          const kind = budget.charge(bytes.length)
          if (kind === undefined) return bytes
          report({ peer, topic, kind })
          throw new PeersocketsError(
            'ERR_LIMIT_EXCEEDED',
            `A ${SCOPES[limits.unit]} was dropped: ${reasonOf(kind, limits)} that limit() lets through.`
          )
        }
      }
    }
  }
}

function reasonOf(kind: Excess['kind'], limits: Limits): string {
  switch (kind) {
    case 'size':
      return `it has more than the ${limits.maxBytes} bytes`
    case 'bytes':
      return `the peer sends more than the ${limits.bytesPerSecond} bytes a second`
    case 'messages':
    case 'frames':
      return `the peer sends more than the ${limits.perSecond} ${kind} a second`
  }
}

/** Calls `onexceeded`, below which stands the network's stack. It is printed once, because a peer decides how often it fails. */
function reporterOf({ onexceeded }: Limits): (excess: Excess) => void {
  if (onexceeded === undefined) return () => undefined
  let printed = false
  const print = (cause: unknown) => {
    if (!printed) console.error('onexceeded of limit() failed.', cause)
    printed = true
  }
  return excess => {
    try {
      Promise.resolve(onexceeded(excess)).catch(print)
    } catch (cause) {
      print(cause)
    }
  }
}
