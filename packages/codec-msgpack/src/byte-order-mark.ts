/** A string in a message: where its head, its UTF-8 and what follows it begin. */
export interface TextRange {
  readonly head: number
  readonly start: number
  readonly end: number
}

/**
 * The message with a second byte order mark in front of each of `texts`, in the order of the message: the decoder that
 * msgpackr uses for long strings takes one off.
 */
export function withMarksDoubled(bytes: Buffer, texts: readonly TextRange[]): Buffer {
  const parts: Buffer[] = []
  let from = 0
  for (const { head, start, end } of texts) {
    const opening = Buffer.of(0xdb, 0, 0, 0, 0, 0xef, 0xbb, 0xbf)
    opening.writeUInt32BE(end - start + 3, 1)
    parts.push(bytes.subarray(from, head), opening)
    from = start
  }
  return Buffer.concat([...parts, bytes.subarray(from)])
}
