// This entry of msgpackr generates no code, loads no native addon, which reads some strings differently, and shares its
// extensions and its output buffer with nobody who imports plain `msgpackr`.
import { Packr, RESET_BUFFER_MODE, Unpackr } from 'msgpackr/index-no-eval'

// `toJSON` is a key like any other.
const packr = new Packr({ useRecords: false, variableMapSize: true, useToJSON: false })

// A few bytes that the application keeps must not keep a whole frame in memory.
const reading = { useRecords: false, copyBuffers: true }

const toObjects = new Unpackr({ ...reading, mapsAsObjects: true })
const toMaps = new Unpackr({ ...reading, mapsAsObjects: false })

/** Where messages of this length at most are read: msgpackr keeps a view on what it reads from, and makes one for others. */
const READ_BYTES = 4096
const readHere = Buffer.alloc(READ_BYTES)

/** Reads every map as an object: for bytes whose keys are all strings, and none is `__proto__`, which it renames. */
export function objectsOf(bytes: Buffer): unknown {
  return unpacked(toObjects, bytes)
}

/** Reads every map as a Map: no key is changed. */
export function mapsOf(bytes: Buffer): unknown {
  return unpacked(toMaps, bytes)
}

function unpacked(unpackr: Unpackr, bytes: Buffer): unknown {
  // A view of its own at least: msgpackr leaves a property on what it reads from.
  if (bytes.length > READ_BYTES) return unpackr.unpack(bytes.subarray())
  readHere.set(bytes)
  return unpackr.unpack(readHere, bytes.length)
}

/** Writes only what the specification defines, each value in one form. */
export function packed(value: unknown): Buffer {
  // A copy: msgpackr gives a view of a buffer that it writes the next message into as well.
  const bytes = packr.pack(value, RESET_BUFFER_MODE)
  const copy = Buffer.allocUnsafe(bytes.length)
  copy.set(bytes)
  return copy
}
