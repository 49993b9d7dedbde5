import type { StandardSchemaV1 } from '@standard-schema/spec'
import { type $ZodType, safeEncode, safeParse } from 'zod/v4/core'
import { isMisplacedPromise } from '../contain.js'
import { excerpt, type Issue, PeersocketsError, printable, reasonOf } from '../errors.js'
import { isSymmetric, oneWayPlaces } from './symmetric.js'

/** A schema at work in both directions; `topic` is the name to put in errors. */
export interface Shape {
  /** The value to encode for a value the app sends; throws `ERR_INVALID_MESSAGE` or `ERR_UNSUPPORTED_SCHEMA`. */
  outgoing(value: unknown, topic: string): unknown
  /** The value the app gets for a decoded one; throws the same. */
  incoming(value: unknown, topic: string): unknown
}

/** Issues of one message that are kept: a peer decides how many there are. */
const MAX_ISSUES = 100

/** What a schema made of a value, or what it had against it. */
type Outcome =
  | { readonly value: unknown; readonly issues?: undefined }
  | { readonly issues: readonly Issue[] }

export function compileSchema(schema: StandardSchemaV1): Shape {
  return isZod(schema) ? zodShape(schema) : standardShape(schema)
}

/** zod 4 alone can run a schema backwards, so that `z.codec` is encoded on the way out. */
function zodShape(schema: $ZodType): Shape {
  let run: typeof safeEncode | typeof safeParse | undefined
  return {
    outgoing(value, topic) {
      // Not before the first message: a schema that is part of itself may not be complete when the topic is defined.
      run ??= isSymmetric(schema) ? safeParse : safeEncode
      return runZod(run, schema, value, topic)
    },
    incoming: (value, topic) => runZod(safeParse, schema, value, topic)
  }
}

/**
 * Validates on both sides, and sends what validation gave. A schema that changes the value each time it runs would make
 * the receiver's differ from the sender's, so the first value sent has to come through a second time unchanged in kind.
 */
function standardShape(schema: StandardSchemaV1): Shape {
  let proven = false
  const validate = (value: unknown, topic: string): Outcome => {
    let result: StandardSchemaV1.Result<unknown> | Promise<StandardSchemaV1.Result<unknown>>
    try {
      result = schema['~standard'].validate(value)
      if (typeof result !== 'object' || result === null) throw new TypeError('it gave no result')
      if ('issues' in result && result.issues !== undefined) return { issues: plain(result.issues) }
      if ('value' in result) return result
      if (!isMisplacedPromise(result)) throw new TypeError('it gave neither a value nor issues')
    } catch (error) {
      throw threw(error, topic)
    }
    throw asynchronous(topic)
  }
  const incoming = (value: unknown, topic: string): unknown => {
    const result = validate(value, topic)
    if (result.issues !== undefined) throw invalid(result.issues, topic)
    return result.value
  }
  return {
    outgoing(value, topic) {
      const sent = incoming(value, topic)
      if (!proven) {
        const { issues } = validate(sent, topic)
        if (issues !== undefined) throw oneWay(issues.map(formatPlace), topic)
        proven = true
      }
      return sent
    },
    incoming
  }
}

function isZod(schema: StandardSchemaV1): schema is StandardSchemaV1 & $ZodType {
  return '_zod' in schema
}

function runZod(
  run: typeof safeEncode | typeof safeParse,
  schema: $ZodType,
  value: unknown,
  topic: string
): unknown {
  let result: ReturnType<typeof run>
  try {
    result = run(schema, value)
  } catch (error) {
    // By name: the schema may come from another copy of zod than ours.
    const name = error instanceof Error ? error.constructor?.name : ''
    if (name === '$ZodEncodeError') throw oneWay(oneWayPlaces(schema), topic)
    if (name === '$ZodAsyncError') throw asynchronous(topic)
    throw threw(error, topic)
  }
  if (result.success) return result.data
  throw invalid(plain(result.error.issues), topic)
}

function invalid(issues: readonly Issue[], topic: string): PeersocketsError {
  const first = issues[0]
  const what = first === undefined ? 'it was refused' : excerpt(`${formatPlace(first)}: ${first.message}`)
  const least = issues.length < MAX_ISSUES ? '' : 'at least '
  const more = issues.length > 1 ? ` (and ${least}${issues.length - 1} more, see error.issues)` : ''
  return new PeersocketsError('ERR_INVALID_MESSAGE', `The message does not fit the schema: ${what}${more}`, {
    topic,
    issues
  })
}

function oneWay(fields: readonly string[], topic: string): PeersocketsError {
  return new PeersocketsError(
    'ERR_UNSUPPORTED_SCHEMA',
    `The schema has no way back at ${fields.join(', ') || 'message'}: what it makes of a value it does not take again. ` +
      'Use z.codec(…) there, which says how to encode as well, or a schema that only checks.',
    { topic }
  )
}

function asynchronous(topic: string): PeersocketsError {
  return new PeersocketsError(
    'ERR_UNSUPPORTED_SCHEMA',
    'The schema is asynchronous, and messages are validated synchronously to keep their order. ' +
      'Take the asynchronous check out of the schema and make it in onmessage.',
    { topic }
  )
}

/** The first issues of any library, without what it put into them besides, and without more of the message than is read. */
function plain(issues: readonly StandardSchemaV1.Issue[]): Issue[] {
  // Not `map`: some libraries give an array of a class of their own.
  return Array.from(issues)
    .slice(0, MAX_ISSUES)
    .map(({ message, path = [] }) => ({
      message: printable(excerpt(String(message))),
      path: Array.from(path, segment => plainKey(typeof segment === 'object' ? segment.key : segment))
    }))
}

function plainKey(key: PropertyKey): PropertyKey {
  return typeof key === 'string' ? excerpt(key) : key
}

function formatPlace({ path }: Issue): string {
  return path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : `${text}.${String(key)}`),
    'message'
  )
}

function threw(cause: unknown, topic: string): PeersocketsError {
  return new PeersocketsError('ERR_INVALID_MESSAGE', `The schema threw: ${reasonOf(cause)}`, { topic, cause })
}
