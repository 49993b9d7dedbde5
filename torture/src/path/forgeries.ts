import type { Random } from '../random.js'
import { ANNOUNCEMENT, framesOf, headerAt, KIND, otherIds, type PlainFrame } from './dissect.js'
import { bodyOf, type Forger, type Forgery, lengthOf, replaced } from './forger.js'

/** Once in so many times, so that there is something left to compare with. */
const SHARE = 2

/** Of the signer's frame. */
const COUNTER_BYTES = 6

/** Forges data, on either wire. */
function ofData(
  name: string,
  bite: Forgery['bite'],
  forge: (frame: PlainFrame, forger: Forger) => Buffer | undefined,
  wires: Forgery['wires'] = ['v0', 'v1']
): Forgery {
  return {
    name,
    bite,
    wires,
    forge(message, forger) {
      const data = framesOf(message).filter(({ kind }) => kind === KIND.data)
      const frame = pickFrom(forger.random, data)
      return frame !== undefined && forger.random.oneIn(SHARE) ? forge(frame, forger) : undefined
    }
  }
}

/** Puts another frame of wire v1 in the place of data, and behind it what is passed over. */
function insteadOfData(name: string, make: (frame: PlainFrame, forger: Forger) => Buffer): Forgery {
  const forge = (frame: PlainFrame, forger: Forger): Buffer | undefined => {
    if (frame.wire === 'v0') return undefined
    const forged = make(frame, forger)
    const rest = frame.end - frame.lengthAt - 1 - forged.length
    return rest < 0 ? undefined : replaced(frame, frame.lengthAt, forged.length, forged, passedOver(rest))
  }
  return ofData(name, 'silence', forge, ['v1'])
}

/** Forges what comes before the data: who is in which topic. */
function ofNegotiation(
  name: string,
  kinds: readonly number[],
  forge: (frame: PlainFrame, forger: Forger) => Buffer | undefined = frame =>
    replaced(frame, frame.idAt, frame.id * 8 + KIND.unknown)
): Forgery {
  return {
    name,
    bite: 'silence',
    wires: ['v1'],
    forge(message, forger) {
      const frame = framesOf(message).find(({ wire, kind }) => wire === 'v1' && kinds.includes(kind))
      return frame && forge(frame, forger)
    }
  }
}

export const FORGERIES: readonly Forgery[] = [
  ofData('an earlier frame in the place of a later one', 'twice', (frame, forger) => {
    const again = pickFrom(forger.random, forger.earlier(frame, 'here'))
    return again && replaced(frame, frame.bodyAt, bodyOf(again))
  }),
  ofData('a frame under the id of another topic', 'elsewhere', (frame, { random, topics }) => {
    const id = pickFrom(random, otherIds(frame, topics))
    return id === undefined
      ? undefined
      : replaced(frame, frame.idAt, frame.wire === 'v0' ? id : id * 8 + KIND.data)
  }),
  ofData('a frame sent back to its author', 'elsewhere', (frame, forger) => {
    const theirs = pickFrom(forger.random, forger.earlier(frame, 'there'))
    return theirs && replaced(frame, frame.bodyAt, bodyOf(theirs))
  }),
  ofData('two frames in each other’s places', 'out of order', (frame, forger) => {
    const first = forger.swap(frame)
    return first && replaced(frame, frame.bodyAt, bodyOf(first))
  }),
  ofData('a frame with its end cut off', 'altered', (frame, { random }) => {
    const by = random.integer(2, 6)
    const length = frame.message.bytes.readUInt8(frame.lengthAt)
    const kept = Buffer.from(bodyOf(frame).subarray(0, -by))
    if (frame.wire === 'v0' && frame.idAt !== 2) return undefined
    // A batch of one message says its length once more.
    if (frame.wire === 'v1' && kept.at(0) === lengthOf(frame) - 1) kept.writeUInt8(kept.length - 1, 0)
    const rest = frame.wire === 'v0' ? Buffer.alloc(by) : passedOver(by)
    const shorter = replaced(frame, frame.bodyAt, kept, rest)
    shorter.writeUInt8(length - by, frame.lengthAt)
    return shorter
  }),
  ofData('another byte in a frame', 'altered', (frame, { random }) => {
    const at = random.integer(frame.bodyAt, frame.end - 1)
    return replaced(frame, at, frame.message.bytes.readUInt8(at) ^ random.integer(1, 255))
  }),
  ofData('another counter', 'altered', (frame, { random }) => {
    const at = frame.bodyAt + COUNTER_BYTES - 1
    return replaced(frame, at, (frame.message.bytes.readUInt8(at) + random.integer(1, 9)) & 0xff)
  }),
  ofData(
    'a frame of wire v1 on wire v0',
    'altered',
    (frame, { random }) => {
      const { message, wire, lengthAt, end } = frame
      const { bytes } = message
      const id = pickFrom(random, otherIds({ ...frame, wire: 'v0', id: -1 }, 0))
      // Alone in its packet; what is left over becomes keep-alives.
      if (wire === 'v0' || id === undefined || lengthAt !== 3 || end !== bytes.length) return undefined
      return replaced(frame, 0, bytes.length - 3, bytes.readUInt8(1), id, bodyOf(frame), 0, 0)
    },
    ['v0']
  ),
  ofData('data as another kind of frame', 'silence', (frame, { random }) => {
    if (frame.wire === 'v0') return replaced(frame, frame.idAt - 1, random.integer(0, 14))
    const kind = random.pick(Object.values(KIND).filter(other => other !== KIND.data))
    return replaced(frame, frame.idAt, frame.id * 8 + kind)
  }),
  insteadOfData('CLOSE instead of data', ({ id }) => Buffer.of(id * 8 + KIND.close)),
  insteadOfData('HELLO of another instance instead of data', (_frame, { random }) =>
    Buffer.concat([
      Buffer.of(KIND.hello),
      random.bytes(8),
      random.bytes(8),
      Buffer.of(random.integer(0, 127))
    ])
  ),
  insteadOfData('OPEN instead of data', ({ id }, { random, topics }) =>
    Buffer.concat([Buffer.of((id + random.integer(1, topics)) * 8 + KIND.open), random.bytes(16)])
  ),
  insteadOfData('ACCEPT of another pipeline instead of data', (_frame, { random, topics }) =>
    Buffer.concat([
      Buffer.of(random.integer(1, topics) * 8 + KIND.accept, random.integer(0, topics)),
      random.bytes(14),
      Buffer.from('raw')
    ])
  ),
  ofNegotiation('no HELLO', [KIND.hello]),
  ofNegotiation('no OPEN', [KIND.open]),
  ofNegotiation('no ACCEPT', [KIND.accept]),
  ofNegotiation('another byte in an ACCEPT', [KIND.accept], (frame, { random }) => {
    const at = random.integer(frame.bodyAt, frame.end - 1)
    return replaced(frame, at, frame.message.bytes.readUInt8(at) ^ random.integer(1, 255))
  }),
  ofNegotiation('OPEN under another number', [KIND.open], (frame, { random }) =>
    replaced(frame, frame.idAt, ((frame.id + random.integer(1, 14)) % 16) * 8 + KIND.open)
  ),
  ofNegotiation('an ACCEPT in the place of another', [KIND.accept], frame => {
    const other = framesOf(frame.message).find(
      each => each.kind === KIND.accept && each.id !== frame.id && lengthOf(each) === lengthOf(frame)
    )
    return other && replaced(frame, frame.idAt, frame.message.bytes.subarray(other.idAt, other.end))
  }),
  {
    name: 'other names in an announcement',
    bite: 'silence',
    wires: ['v0', 'v1'],
    forge(message, { random }) {
      const at = headerAt(message)
      if (at === undefined || message.bytes.readUInt8(at) !== ANNOUNCEMENT) return undefined
      const forged = Buffer.from(message.bytes)
      forged.writeUInt8(random.integer(0, 127), forged.lastIndexOf('peersockets') + random.integer(0, 12))
      return forged
    }
  }
]

/** What makes `length` bytes of a packet, and is passed over: a frame of a kind that nobody knows, or an empty one. */
function passedOver(length: number): Buffer {
  if (length < 2) return Buffer.alloc(length)
  return Buffer.concat([Buffer.of(length - 1, KIND.unknown), Buffer.alloc(length - 2)])
}

function pickFrom<T>(random: Random, items: readonly T[]): T | undefined {
  return items.length === 0 ? undefined : random.pick(items)
}
