import { createHash } from 'node:crypto'
import { blake2b } from '@noble/hashes/blake2.js'

/** Bytes that give something away, by what they are. */
export type Needles = ReadonlyMap<string, Buffer>

/** Shorter than the shortest hash, longer than what turns up by chance in some kilobytes. */
export const SHORTEST_RUN = 8

const HASHES: Readonly<Record<string, (bytes: Buffer) => Uint8Array>> = {
  MD5: bytes => createHash('md5').update(bytes).digest(),
  'SHA-1': bytes => createHash('sha1').update(bytes).digest(),
  'SHA-256': bytes => createHash('sha256').update(bytes).digest(),
  'SHA-512': bytes => createHash('sha512').update(bytes).digest(),
  'SHA3-256': bytes => createHash('sha3-256').update(bytes).digest(),
  'BLAKE2s-256': bytes => createHash('blake2s256').update(bytes).digest(),
  'BLAKE2b-512': bytes => createHash('blake2b512').update(bytes).digest(),
  'BLAKE2b-256': bytes => blake2b(bytes, { dkLen: 32 }),
  // What hypercore makes of a key before it announces it.
  'discovery key': bytes => blake2b(Buffer.from('hypercore'), { dkLen: 32, key: bytes.subarray(0, 64) })
}

/** A text as it could stand among other bytes, in the usual encodings. */
export function formsOf(text: string): Needles {
  const utf16 = Buffer.from(text, 'utf16le')
  return new Map([
    [`${text} in UTF-8`, Buffer.from(text)],
    [`${text} in UTF-16LE`, utf16],
    [`${text} in UTF-16BE`, Buffer.from(utf16).swap16()],
    ...encodingsOf(text, Buffer.from(text))
  ])
}

/** The beginnings of the hashes that anybody can make of a text alone. */
export function hashesOf(text: string): Needles {
  return new Map(
    Object.entries(HASHES).flatMap(([name, hash]) => {
      const digest = Buffer.from(hash(Buffer.from(text))).subarray(0, SHORTEST_RUN)
      const what = `${name} of ${text}`
      return [[what, digest] as const, ...encodingsOf(what, digest)]
    })
  )
}

/** What of `needles` there is in `haystack`. */
export function foundIn(haystack: Buffer, needles: Needles): readonly string[] {
  return [...needles].flatMap(([what, bytes]) => (haystack.includes(bytes) ? [what] : []))
}

/** Every run of eight bytes that stands in both, in hex. */
export function sharedRuns(some: readonly Buffer[], others: readonly Buffer[]): readonly string[] {
  const runs = runsOf(some)
  return [...runsOf(others)].filter(run => runs.has(run))
}

function runsOf(all: readonly Buffer[]): ReadonlySet<string> {
  const runs = new Set<string>()
  for (const bytes of all) {
    for (let end = SHORTEST_RUN; end <= bytes.length; end++) {
      runs.add(bytes.toString('hex', end - SHORTEST_RUN, end))
    }
  }
  return runs
}

function encodingsOf(what: string, bytes: Buffer): readonly (readonly [string, Buffer])[] {
  const hex = bytes.toString('hex')
  // Base64 packs three bytes in four characters: what stands before shifts it, what stands behind changes its end.
  const base64 = [0, 1, 2].map(shift => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replace(/=+$/, '')
    return text.slice(Math.ceil((shift * 4) / 3), -1)
  })
  return [
    [`${what} in hex`, Buffer.from(hex)],
    [`${what} in upper-case hex`, Buffer.from(hex.toUpperCase())],
    ...base64.flatMap((text, shift): [string, Buffer][] => [
      [`${what} in base64, ${shift} bytes on`, Buffer.from(text)],
      [`${what} in base64url, ${shift} bytes on`, Buffer.from(text.replaceAll('+', '-').replaceAll('/', '_'))]
    ])
  ]
}
