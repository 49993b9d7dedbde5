import { PeersocketsError } from '../errors.js'

/** What was given to `defineTopic` or `join` cannot be used. */
export function refuse(message: string): never {
  throw new PeersocketsError('ERR_INVALID_ARGUMENT', message)
}
