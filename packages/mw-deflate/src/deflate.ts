import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { PeersocketsError } from 'peersockets'
import type { Middleware } from 'peersockets/plugin'

/** How hard `deflate` tries, and what it is to allow. */
export interface DeflateOptions {
  /** How hard to compress, a whole number from 1 (fastest, the default) to 9 (smallest). */
  readonly level?: number
  /** Frames of fewer bytes are sent as they are; 0 compresses all. Default 128. */
  readonly threshold?: number
  /**
   * Most bytes that a frame may have before compression, sent or received: 1 to 2^30. Default 1 MiB (1,048,576). A frame
   * that would inflate to more is given up as soon as it has.
   */
  readonly maxInflatedBytes?: number
}

type Limits = Required<DeflateOptions>

/**
 * Each frame is compressed for each peer, on the thread that runs the app. On chat messages of 100 bytes, in batches of 64
 * KiB, level 6 takes four times as long as level 1 for a seventh less. Below 128 bytes little or nothing is gained.
 */
const DEFAULTS: Limits = { level: 1, threshold: 128, maxInflatedBytes: 1024 * 1024 }

const MAX_BYTES = 2 ** 30

/** The first byte of a frame: what follows is the body, or the body as one DEFLATE stream (RFC 1951). */
const STORED = 0
const COMPRESSED = 1

/**
 * Compresses the frames of a topic with DEFLATE (RFC 1951), each on its own. Put it first, before what encrypts or signs:
 * ciphertext does not compress.
 *
 * What compresses well tells by its length what is in it. Read the README before secrets share a frame with what somebody
 * else may choose.
 *
 * @example
 * ```ts
 * import { defineTopic } from 'peersockets'
 * import { deflate } from '@peersockets/mw-deflate'
 * import { hmac } from '@peersockets/mw-hmac'
 *
 * const log = defineTopic({ name: 'log', middleware: [deflate(), hmac()] })
 * ```
 *
 * Throws `ERR_INVALID_ARGUMENT`. A frame over `maxInflatedBytes` is `ERR_MESSAGE_TOO_LARGE` on both sides; what is no
 * frame of this middleware is rejected as `ERR_MALFORMED_FRAME`.
 */
export function deflate(options: DeflateOptions = {}): Middleware {
  const limits = readOptions(options)
  return {
    name: 'deflate',
    contract: 2,
    open: () => ({
      send: body => write(body, limits),
      receive: frame => read(frame, limits)
    })
  }
}

function write(body: Buffer, { level, threshold, maxInflatedBytes }: Limits): Buffer {
  if (body.length > maxInflatedBytes) {
    throw new PeersocketsError(
      'ERR_MESSAGE_TOO_LARGE',
      `A frame of ${body.length} bytes was not sent, because maxInflatedBytes of deflate() is ${maxInflatedBytes}. ` +
        'Send it in parts, or give both sides a larger one.'
    )
  }
  if (body.length >= threshold) {
    const compressed = deflateRawSync(body, { level })
    if (compressed.length < body.length) return marked(COMPRESSED, compressed)
  }
  return marked(STORED, body)
}

function marked(marker: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.of(marker), content])
}

function read(frame: Buffer, { maxInflatedBytes }: Limits): Buffer {
  const content = frame.subarray(1)
  switch (frame[0]) {
    case STORED:
      if (content.length > maxInflatedBytes) throw tooLarge(maxInflatedBytes)
      return content
    case COMPRESSED:
      return inflate(content, maxInflatedBytes)
    default:
      throw new PeersocketsError(
        'ERR_MALFORMED_FRAME',
        'A frame was dropped because it does not begin as one of deflate(). It was changed on the way, or the peer has ' +
          'no deflate() on the topic.'
      )
  }
}

function inflate(compressed: Buffer, maxInflatedBytes: number): Buffer {
  let result: unknown
  try {
    // With `info` the result is an object, of which the types of Node do not know.
    result = inflateRawSync(compressed, { maxOutputLength: maxInflatedBytes, info: true })
  } catch (cause) {
    if (hasCode(cause, 'ERR_BUFFER_TOO_LARGE')) throw tooLarge(maxInflatedBytes)
    throw malformed('is not one whole DEFLATE stream', cause)
  }
  const { bytes, consumed } = inflatedOf(result)
  // zlib passes over what follows the end of the stream: a second stream, or bytes that nobody looks at.
  if (consumed !== compressed.length) throw malformed('goes on behind the end of its DEFLATE stream')
  // zlib allocates 16 KiB at least, which would stay as long as somebody keeps a message of this frame.
  return bytes.length < bytes.buffer.byteLength ? Buffer.from(bytes) : bytes
}

/** What zlib has read and made of it. Where the runtime does not tell how much was read, nothing is taken for whole. */
function inflatedOf(result: unknown): { bytes: Buffer; consumed: number } {
  if (typeof result === 'object' && result !== null && 'buffer' in result && 'engine' in result) {
    const { buffer, engine } = result
    if (
      Buffer.isBuffer(buffer) &&
      typeof engine === 'object' &&
      engine !== null &&
      'bytesWritten' in engine
    ) {
      return { bytes: buffer, consumed: Number(engine.bytesWritten) }
    }
  }
  throw new TypeError('zlib of this runtime does not tell how much of a frame it has read')
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

function tooLarge(maxInflatedBytes: number): PeersocketsError {
  return new PeersocketsError(
    'ERR_MESSAGE_TOO_LARGE',
    `A frame was dropped because it has more than ${maxInflatedBytes} bytes when it is inflated, which is ` +
      'maxInflatedBytes of deflate(). Give both sides the same one; else the peer means harm.'
  )
}

function malformed(what: string, cause?: unknown): PeersocketsError {
  return new PeersocketsError(
    'ERR_MALFORMED_FRAME',
    `A frame was dropped because it ${what}. It was changed or cut on the way, or the peer means harm.`,
    cause === undefined ? {} : { cause }
  )
}

function readOptions(options: DeflateOptions): Limits {
  if (typeof options !== 'object' || options === null) {
    throw invalid('it takes an object, such as deflate({ threshold: 256 })')
  }
  const unknown = Object.keys(options).find(name => !Object.hasOwn(DEFAULTS, name))
  if (unknown !== undefined) {
    const known = Object.keys(DEFAULTS).join(', ')
    throw invalid(`there is no option ${JSON.stringify(unknown)}, only ${known}`)
  }
  const limits = { ...DEFAULTS, ...options }
  check(limits, 'level', 1, 9)
  check(limits, 'threshold', 0, MAX_BYTES)
  check(limits, 'maxInflatedBytes', 1, MAX_BYTES)
  return limits
}

function check(limits: Limits, name: keyof Limits, least: number, most: number): void {
  const value = limits[name]
  if (Number.isInteger(value) && value >= least && value <= most) return
  throw invalid(`${name} is a whole number from ${least} to ${most}`)
}

function invalid(reason: string): PeersocketsError {
  return new PeersocketsError('ERR_INVALID_ARGUMENT', `deflate(): ${reason}.`)
}
