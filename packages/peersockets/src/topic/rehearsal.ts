import { differenceOf } from './difference.js'
import { type Fault, failure, noWayBack, type Outcome, placeOf, restless } from './objections.js'
import type { Shape } from './schema.js'

/** A topic's schema and codec, as both sides have them. */
export interface Stage {
  readonly shape: Shape
  /** Throws what the codec throws. */
  write(value: unknown): Buffer
  /** Reads what `write` gave; throws if that cannot be read. */
  read(bytes: Buffer): unknown
}

/**
 * Does with the bytes of `message` what its receiver will do, and then what the receiver would do to send it on: the same
 * bytes have to come out. A schema that trims a text passes, and one that counts up does not. This goes through the codec,
 * because a schema that writes to a value in place would otherwise write to both of the values that are compared. Gives what
 * the receiver gets.
 */
export function rehearse(stage: Stage, bytes: Buffer, message: unknown): Outcome {
  const received = receive(stage, bytes)
  if (!received.success) return failure(faultOf(received))
  // A z.codec that gives back what it took need not run once more, which is slow.
  if (stage.shape.conduct === 'declares' && differenceOf(message, received.data) === undefined)
    return received
  const fault = passOn(stage, bytes, received.data)
  return fault === undefined ? received : failure(fault)
}

/**
 * Finds out whether the schema makes something else of a message whenever it runs, which the sender's may not do. `bytes` are
 * as they came, and `value` is what became of them. What the schema has changed already, such as blanks that it took away, is
 * fine, if it then leaves the value as it is.
 */
export function review(stage: Stage, bytes: Buffer, value: unknown): Fault | undefined {
  const sent = send(stage, value)
  if (sent.fault !== undefined) return sent.fault
  if (sent.bytes === undefined) return reviewUnwritten(stage, value)
  if (sent.bytes.equals(bytes)) return undefined
  const received = rehearse(stage, sent.bytes, value)
  return received.success ? undefined : faultOf(received)
}

function passOn(stage: Stage, bytes: Buffer, value: unknown): Fault | undefined {
  const sent = send(stage, value)
  if (sent.fault !== undefined) return sent.fault
  if (sent.bytes === undefined) return reviewUnwritten(stage, value)
  if (sent.bytes.equals(bytes)) return undefined
  // A codec may have several forms for one value, and so may a z.codec: one that seals with a nonce has another each time.
  const path = differenceOf(stage.read(Buffer.from(bytes)), stage.read(Buffer.from(sent.bytes)))
  if (path === undefined || (!stage.shape.symmetric && sameReceived(stage, bytes, sent.bytes)))
    return undefined
  return restless(path)
}

/** What the codec cannot carry can only be looked at where it is. */
function reviewUnwritten({ shape }: Stage, value: unknown): Fault | undefined {
  const sent = sentOf(shape, value)
  const again = sent.success ? shape.incoming(sent.data) : sent
  if (!again.success) return faultOf(again)
  const path = differenceOf(value, again.data)
  return path === undefined ? undefined : restless(path)
}

function sameReceived(stage: Stage, one: Buffer, other: Buffer): boolean {
  const [first, second] = [receive(stage, one), receive(stage, other)]
  return first.success && second.success && differenceOf(first.data, second.data) === undefined
}

/** From a copy, because a value may be a view of its bytes, and a schema may write to it. */
function receive(stage: Stage, bytes: Buffer): Outcome {
  return stage.shape.incoming(stage.read(Buffer.from(bytes)))
}

/** The bytes are undefined if the codec cannot carry the value. */
function send(stage: Stage, value: unknown): { bytes?: Buffer; fault?: Fault } {
  const sent = sentOf(stage.shape, value)
  if (!sent.success) return { fault: faultOf(sent) }
  try {
    return { bytes: stage.write(sent.data) }
  } catch {
    return {}
  }
}

/** A schema that is one function has nothing to undo: what it gave is what it is to be given. */
function sentOf(shape: Shape, value: unknown): Outcome {
  return shape.symmetric ? { success: true, data: value } : shape.outgoing(value)
}

/** A schema that has something against its own result is one with no way back. */
function faultOf({ issues, fault }: Exclude<Outcome, { success: true }>): Fault {
  return issues === undefined ? fault : noWayBack(issues.map(({ path }) => placeOf(path)))
}
