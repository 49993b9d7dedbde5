// This entry of msgpackr generates no code, loads no native addon, which reads some strings differently, and shares its
// extensions and its output buffer with nobody who imports plain `msgpackr`.
import { Packr, RESET_BUFFER_MODE, Unpackr } from 'msgpackr/index-no-eval'

// `toJSON` is a key like any other.
const packr = new Packr({ useRecords: false, variableMapSize: true, useToJSON: false })

// A few bytes that the application keeps must not keep a whole frame in memory.
const reading = { useRecords: false, copyBuffers: true }

/** Reads every map as an object: for bytes whose keys are all strings, and none is `__proto__`, which it renames. */
export const toObjects = new Unpackr({ ...reading, mapsAsObjects: true })

/** Reads every map as a Map: no key is changed. */
export const toMaps = new Unpackr({ ...reading, mapsAsObjects: false })

/** Writes only what the specification defines, each value in one form. */
export function packed(value: unknown): Buffer {
  // A copy: msgpackr gives a view of a buffer that it writes the next message into as well.
  return Buffer.from(packr.pack(value, RESET_BUFFER_MODE))
}
