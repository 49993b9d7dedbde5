import type { PeersocketsError } from '../errors.js'
import { guardHandshake } from './guard-handshake.js'
import { guardMessages } from './guard-messages.js'
import { requireFrom, resolveFrom } from './installed.js'
import { mendHandshake } from './mend-handshake.js'

const HANDSHAKE = 'simple-hypercore-protocol/lib/handshake.js'

/** By the file of a copy of {@link HANDSHAKE}: why it cannot work, or undefined if it can. */
const verdicts = new Map<string, PeersocketsError | undefined>()

/**
 * Makes hypercore-protocol work with the packages it was installed with: every copy that is loaded, or that resolves from
 * `origins` (absolute paths or file URLs). Loads nothing if nothing is wrong. Never throws: what is installed is not
 * necessarily used.
 */
export function preflight(origins: readonly (string | undefined)[] = ownOrigins()): void {
  for (const file of [...loadedHandshakes(), ...origins.flatMap(resolvableHandshakes)]) verdictOn(file)
}

/**
 * Throws `ERR_INCOMPATIBLE_DEPENDENCY` if a copy of hypercore-protocol that is loaded by now cannot be made to work; guards
 * the others against what strangers send.
 */
export function assertPreflight(): void {
  for (const file of loadedHandshakes()) {
    const fault = verdictOn(file)
    if (fault !== undefined) throw fault
    guardHandshake(file)
    guardMessages(file)
  }
}

// Not the working directory: a repair loads code, and a command may be run in any directory.
function ownOrigins(): (string | undefined)[] {
  const script = globalThis.process?.argv?.[1]
  // Where it is a folder, as of `node .`, or a link, as of an installed command, packages are found from the file behind it.
  return [import.meta.url, script, resolveFrom(script, script ?? '')]
}

function loadedHandshakes(): string[] {
  const cache = requireFrom(globalThis.process?.execPath)?.cache ?? {}
  return Object.keys(cache).filter(file => file.replaceAll('\\', '/').endsWith(`/${HANDSHAKE}`))
}

function resolvableHandshakes(origin: string | undefined): string[] {
  return [origin, resolveFrom(origin, '@corestore/networker')]
    .map(user => resolveFrom(resolveFrom(user, 'hypercore-protocol'), HANDSHAKE))
    .filter(file => file !== undefined)
}

function verdictOn(file: string): PeersocketsError | undefined {
  if (!verdicts.has(file)) verdicts.set(file, mendHandshake(file))
  return verdicts.get(file)
}
