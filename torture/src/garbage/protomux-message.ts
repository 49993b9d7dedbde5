import type { Random } from '../random.js'

const MAX_PARTS = 4
/** As deep as batches lie within each other now and then. */
const DEPTHS = [1, 2, 50, 20_000]
const PROTOCOLS = ['peersockets/v1', 'peersockets/v0/json, public', 'hypercore/alpha', '', '\u0000']

/** What Protomux reads, with channels, lengths and protocols that are right now and then. */
export function anyProtomuxMessage(random: Random): Buffer {
  return random.pick([control, batch, message, nested])(random)
}

/** Opens, refuses or closes a channel, or what is none of that. */
function control(random: Random): Buffer {
  const parts = [Buffer.of(0, random.integer(0, 5)), number(random), protocol(random), id(random)]
  return Buffer.concat(parts.slice(0, random.integer(1, parts.length)))
}

function message(random: Random): Buffer {
  return Buffer.concat([number(random), number(random), random.bytes(random.integer(0, 40))])
}

/** Several messages of one channel, or of several. */
function batch(random: Random): Buffer {
  const parts: Buffer[] = [Buffer.of(0, 0), number(random)]
  for (let left = random.integer(0, MAX_PARTS); left > 0; left--) {
    if (random.oneIn(3)) parts.push(Buffer.of(0), number(random))
    const body = random.oneIn(3) ? control(random).subarray(1) : message(random).subarray(1)
    parts.push(random.oneIn(4) ? number(random) : length(body.length), body)
  }
  return Buffer.concat(parts)
}

/** Batches within batches, on Protomux's own channel. */
function nested(random: Random): Buffer {
  const heads: Buffer[] = [Buffer.of(random.integer(0, 3))]
  const depth = random.pick(DEPTHS)
  for (let size = 1; heads.length <= depth; ) {
    const head = Buffer.concat([Buffer.of(0, 0), length(size)])
    heads.push(head)
    size += head.length
  }
  return Buffer.concat([Buffer.of(0), ...heads.reverse()])
}

function protocol(random: Random): Buffer {
  const name = Buffer.from(random.pick(PROTOCOLS))
  return Buffer.concat([random.oneIn(5) ? number(random) : length(name.length), name])
}

/** None, most of the time. */
function id(random: Random): Buffer {
  return random.oneIn(3) ? Buffer.concat([number(random), random.bytes(random.integer(0, 33))]) : Buffer.of(0)
}

/** As compact-encoding writes numbers, up to what no double can hold, and with too few bytes. */
function number(random: Random): Buffer {
  if (!random.oneIn(12)) return Buffer.of(random.integer(1, 6))
  const bytes = random.pick([2, 4, 8])
  const head = Buffer.of({ 2: 0xfd, 4: 0xfe }[bytes] ?? 0xff)
  return Buffer.concat([head, random.bytes(random.oneIn(5) ? bytes - 1 : bytes)])
}

function length(value: number): Buffer {
  const bytes = Buffer.of(0xfe, 0, 0, 0, 0)
  bytes.writeUInt32LE(value, 1)
  return value < 0xfd ? Buffer.of(value) : bytes
}
