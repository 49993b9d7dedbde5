import { excerpt, type Issue, PeersocketsError, reasonOf } from '../errors.js'

/** Issues of one message that are kept: a peer decides how many there are. */
export const MAX_ISSUES = 100

/** Whether a message is ours, on its way out, or a peer's, on its way in. */
export type Way = 'out' | 'in'

/** Something is wrong with the schema, not with the message: what, in a sentence about the schema. */
export interface Fault {
  readonly text: string
  readonly cause?: unknown
}

/** What a schema made of a value, as zod puts it, what it had against it, or what is wrong with the schema. */
export type Outcome =
  | { readonly success: true; readonly data: unknown }
  | { readonly success: false; readonly issues: readonly Issue[]; readonly fault?: undefined }
  | { readonly success: false; readonly fault: Fault; readonly issues?: undefined }

export function refusal(issues: readonly Issue[]): Outcome {
  return { success: false, issues }
}

export function failure(fault: Fault): Outcome {
  return { success: false, fault }
}

/** The message is not what the schema describes. */
export function misfit(issues: readonly Issue[], way: Way, topic: string): PeersocketsError {
  const first = issues[0]
  const what = first === undefined ? 'it was refused' : excerpt(`${placeOf(first.path)}: ${first.message}`)
  const least = issues.length < MAX_ISSUES ? '' : 'at least '
  const more = issues.length > 1 ? ` (and ${least}${issues.length - 1} more, see error.issues)` : ''
  const message = `${messageOn(way, topic)} does not fit the schema: ${what}${more}`
  return new PeersocketsError('ERR_INVALID_MESSAGE', message, { topic, issues })
}

/** The schema cannot be used, at least not for this message. */
export function unsupported({ text, cause }: Fault, way: Way, topic: string): PeersocketsError {
  const message = `${messageOn(way, topic)} cannot be ${way === 'out' ? 'sent' : 'read'} with this schema. ${text}`
  return new PeersocketsError('ERR_UNSUPPORTED_SCHEMA', message, {
    topic,
    ...(cause !== undefined && { cause })
  })
}

export function asynchronous(): Fault {
  const text =
    'The schema is asynchronous, and messages are validated synchronously to keep their order. ' +
    'Take the asynchronous check out of the schema and make it in onmessage.'
  return { text }
}

/** `places` are those where the schema does not take its own result. */
export function noWayBack(places: readonly string[]): Fault {
  const where = excerpt(places.join(', ') || 'message')
  const text =
    `The schema has no way back at ${where}: what it makes of a value it does not take again. ` +
    'Use z.codec(…) there, which says how to encode as well, or a schema that only checks.'
  return { text }
}

/** `path` leads to what the schema makes something else of each time that it runs, on both sides of a topic. */
export function restless(path: readonly PropertyKey[]): Fault {
  const text =
    `The schema changes ${excerpt(placeOf(path))} whenever it runs, and it runs on both sides: one side would have ` +
    'another value than the other. Use z.codec(…) there, which undoes on one side what it does on the other, or a schema that only checks.'
  return { text }
}

export function threw(cause: unknown): Fault {
  const text = `The schema threw: ${reasonOf(cause)}. Change it so that it says in issues what it does not take.`
  return { text, cause }
}

/** A message as an error calls it, such as `The peer's message on topic chat`. */
export function messageOn(way: Way, topic: string): string {
  return `${way === 'out' ? 'Our message' : "The peer's message"} on topic ${excerpt(topic)}`
}

/** A place in a message, such as `message.tags[1]`. */
export function placeOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : `${text}.${String(key)}`),
    'message'
  )
}
