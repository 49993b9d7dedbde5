/**
 * What can go wrong, once each. A code is stable: messages may change between releases, codes may not.
 * The README of this package has a heading for every code.
 */
export const ERROR_CODES = [
  'ERR_INVALID_ARGUMENT',
  'ERR_UNSUPPORTED_SCHEMA',
  'ERR_TOPIC_CONFLICT',
  'ERR_VISIBILITY_MISMATCH',
  'ERR_CLOSED',
  'ERR_UNKNOWN_PEER',
  'ERR_PEER_NOT_IN_TOPIC',
  'ERR_PIPELINE_MISMATCH',
  'ERR_NOT_ACCEPTED',
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

/** One of {@link ERROR_CODES}. */
export type ErrorCode = (typeof ERROR_CODES)[number]

/** A code of a plugin's own, for what none of {@link ERROR_CODES} says. */
export type PluginErrorCode = `ERR_${string}` & {}

/** A place in a message that a schema refused, as Standard Schema reports it. */
export interface Issue {
  readonly message: string
  /** Keys from the message's root down to the refused value; empty for the message itself. */
  readonly path: readonly PropertyKey[]
}

/** What a {@link PeersocketsError} says besides its code and its message. */
export interface PeersocketsErrorOptions {
  /** The full name of the topic it happened on. */
  topic?: string | undefined
  cause?: unknown
  issues?: readonly Issue[] | undefined
  /** The values given to `send` that were dropped. */
  dropped?: readonly unknown[] | undefined
}

const BRAND = Symbol.for('peersockets.error')

/** Characters of somebody else's text in a message. */
const MAX_EXCERPT = 300

const UNPRINTABLE = /[\p{Control}\p{Bidi_Control}\p{Line_Separator}\p{Paragraph_Separator}\p{Surrogate}]/gu

/** The one error class of peersockets and its first-party plugins. */
export class PeersocketsError extends Error {
  override readonly name = 'PeersocketsError'
  readonly code: ErrorCode | PluginErrorCode
  /** The full name of the topic it happened on; undefined when it concerns no single topic. */
  readonly topic: string | undefined
  /** What the schema refused, for `ERR_INVALID_MESSAGE`, the first 100 of it; empty for every other code. */
  readonly issues: readonly Issue[]
  /**
   * Our own messages that were dropped, as they were given to `send` or `broadcast`, in that order; empty when it was the
   * peer's message, or none. They are in no output of `inspect` or `JSON`.
   */
  declare readonly dropped: readonly unknown[]

  constructor(code: ErrorCode | PluginErrorCode, message: string, options: PeersocketsErrorOptions = {}) {
    super(printable(message), options)
    this.code = code
    this.topic = options.topic
    this.issues = options.issues ?? []
    Object.defineProperty(this, 'dropped', { value: options.dropped ?? [] })
    Object.defineProperty(this, BRAND, { value: true })
  }

  /** Whether `value` is such an error, also when it comes from another installed copy of this package. */
  static is(value: unknown): value is PeersocketsError {
    try {
      return value instanceof Error && BRAND in value
    } catch {
      // A proxy, whose handler threw.
      return false
    }
  }
}

/** The same error with its topic, which a plugin need not know, and with the messages of ours that it costs. */
export function located(
  error: PeersocketsError,
  topic: string,
  dropped: readonly unknown[] = error.dropped
): PeersocketsError {
  if (error.topic !== undefined && dropped === error.dropped) return error
  const { code, message, cause, issues } = error
  return new PeersocketsError(code, message, {
    topic: error.topic ?? topic,
    issues,
    dropped,
    ...(cause !== undefined && { cause })
  })
}

/** What an app has given us cannot be used: throws `ERR_INVALID_ARGUMENT`. */
export function refuse(message: string): never {
  throw new PeersocketsError('ERR_INVALID_ARGUMENT', message)
}

/** What went wrong, for use inside another message: `cause` may be anything that somebody else's code has thrown. */
export function reasonOf(cause: unknown): string {
  try {
    return excerpt(String(cause instanceof Error ? cause.message : cause))
  } catch {
    return 'something was thrown that cannot be printed'
  }
}

/** As much of `text`, which may come from a peer, as a message has room for. */
export function excerpt(text: string): string {
  return text.length <= MAX_EXCERPT ? text : `${text.slice(0, MAX_EXCERPT)}…`
}

/**
 * `text` as it may stand in a log or on a terminal, also where it comes from a peer: what would begin a new line, move a
 * cursor or turn the direction of writing stands there as its code.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, character => `\\u{${character.codePointAt(0)?.toString(16)}}`)
}
