/**
 * What can go wrong, once each. A code is stable: messages may change between releases, codes may not.
 * The README of this package has a heading for every code.
 */
export const ERROR_CODES = [
  'ERR_INVALID_ARGUMENT',
  'ERR_UNSUPPORTED_SCHEMA',
  'ERR_TOPIC_CONFLICT',
  'ERR_CLOSED',
  'ERR_UNKNOWN_PEER',
  'ERR_PEER_NOT_IN_TOPIC',
  'ERR_PIPELINE_MISMATCH',
  'ERR_PEER_CONGESTED',
  'ERR_LIMIT_EXCEEDED',
  'ERR_INVALID_MESSAGE',
  'ERR_MESSAGE_TOO_LARGE',
  'ERR_ENCODE_FAILED',
  'ERR_DECODE_FAILED',
  'ERR_MIDDLEWARE_FAILED',
  'ERR_MIDDLEWARE_REJECTED',
  'ERR_MALFORMED_FRAME',
  'ERR_BAD_SIGNATURE',
  'ERR_REPLAYED',
  'ERR_COUNTER_EXHAUSTED',
  'ERR_RECEIVER_CONGESTED',
  'ERR_HANDLER_FAILED',
  'ERR_NO_KEY_EXPORT',
  'ERR_INCOMPATIBLE_DEPENDENCY'
] as const

export type ErrorCode = (typeof ERROR_CODES)[number]

/** A place in a message that a schema refused, as Standard Schema reports it. */
export interface Issue {
  readonly message: string
  /** Keys from the message's root down to the refused value; empty for the message itself. */
  readonly path: readonly PropertyKey[]
}

export interface PeersocketsErrorOptions {
  /** The full name of the topic it happened on. */
  topic?: string | undefined
  cause?: unknown
  issues?: readonly Issue[] | undefined
}

const BRAND = Symbol.for('peersockets.error')

/** The one error class of peersockets and its first-party plugins. */
export class PeersocketsError extends Error {
  override readonly name = 'PeersocketsError'
  readonly code: ErrorCode
  /** The full name of the topic it happened on; undefined when it concerns no single topic. */
  readonly topic: string | undefined
  /** What the schema refused, for `ERR_INVALID_MESSAGE`; empty for every other code. */
  readonly issues: readonly Issue[]

  constructor(code: ErrorCode, message: string, options: PeersocketsErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.code = code
    this.topic = options.topic
    this.issues = options.issues ?? []
    Object.defineProperty(this, BRAND, { value: true })
  }

  /** Whether `value` is such an error, also when it comes from another installed copy of this package. */
  static is(value: unknown): value is PeersocketsError {
    return value instanceof Error && BRAND in value
  }
}

/** The same error with its topic, which a plugin need not know. */
export function onTopic(error: PeersocketsError, topic: string): PeersocketsError {
  if (error.topic !== undefined) return error
  const { code, message, cause, issues } = error
  return new PeersocketsError(
    code,
    message,
    cause === undefined ? { topic, issues } : { topic, issues, cause }
  )
}

/** What went wrong, for use inside another message. */
export function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
