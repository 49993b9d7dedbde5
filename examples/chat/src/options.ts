import { parseArgs } from 'node:util'

export interface Options {
  readonly name: string
  readonly room: string
  /** Of the DHT node on this machine by which the peers of a room find each other. */
  readonly port: number
  /** What the members of the room share, and nobody else knows. */
  readonly key: string | undefined
}

/** A mistake of whoever typed the command; its message is a sentence for them. */
export class UsageError extends Error {}

const DEFAULT_PORT = 49737

export const USAGE = `Usage: npm run chat -- --name <you> --room <room> [options]

  --name <name>   what the others call you: up to 32 letters, digits and _ . -
  --room <room>   the room to talk in, named likewise
  --key <secret>  talk only with those who give the same secret; also taken from
                  the environment, CHAT_KEY, where other users cannot see it
  --port <port>   where the chats of this machine find each other (${DEFAULT_PORT})
  --help          this text`

/** Letters and digits of any script, and nothing that moves a cursor. */
export const NAME = /^[\p{L}\p{N}_.-]{1,32}$/u

/** The options in `args`, or nothing when help is asked for. Throws `UsageError`. */
export function readOptions(args: readonly string[], environment: NodeJS.ProcessEnv): Options | undefined {
  const { name, room, key, port, help } = parse(args)
  if (help) return undefined
  return {
    name: readName('name', name),
    room: readName('room', room),
    port: port === undefined ? DEFAULT_PORT : readPort(port),
    key: readKey(key ?? environment.CHAT_KEY)
  }
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        name: { type: 'string' },
        room: { type: 'string' },
        key: { type: 'string' },
        port: { type: 'string' },
        help: { type: 'boolean' }
      }
    })
    return values
  } catch (error) {
    // Behind the first sentence Node tells how to quote, which only puzzles.
    const [sentence] = (error instanceof Error ? error.message : String(error)).split(/\.(?:\s|$)/)
    throw new UsageError(`${sentence}.`)
  }
}

function readName(option: 'name' | 'room', value: string | undefined): string {
  if (value === undefined) throw new UsageError(`--${option} is missing.`)
  if (NAME.test(value)) return value
  throw new UsageError(`--${option} takes 1 to 32 letters, digits and _ . -`)
}

function readPort(value: string): number {
  const port = Number(value)
  if (/^\d+$/.test(value) && port >= 1 && port <= 65_535) return port
  throw new UsageError('--port takes a number from 1 to 65535.')
}

function readKey(value: string | undefined): string | undefined {
  if (value === '') throw new UsageError('--key takes a secret that is not empty.')
  return value
}
