import { parseArgs } from 'node:util'

export interface Options {
  /** DHT nodes on this machine, one of each network. */
  readonly networker: Node
  readonly hyperswarm: Node
  /** What those share who are believed, on both networks. */
  readonly key: Buffer
}

interface Node {
  readonly host: string
  readonly port: number
}

/** A mistake of whoever typed the command; its message is a sentence for them. */
export class UsageError extends Error {}

const MIN_KEY_BYTES = 16

/** The options in `args`, and the key from the environment, where other users cannot see it. Throws `UsageError`. */
export function readOptions(args: readonly string[], { BRIDGE_KEY }: NodeJS.ProcessEnv): Options {
  const { values } = parseArgs({
    args: [...args],
    options: { networker: { type: 'string' }, hyperswarm: { type: 'string' } }
  })
  const key = Buffer.from(BRIDGE_KEY ?? '', 'hex')
  if (key.length < MIN_KEY_BYTES) {
    throw new UsageError(`BRIDGE_KEY is the shared key in hex, ${MIN_KEY_BYTES} bytes or more.`)
  }
  return {
    networker: readNode('networker', values.networker),
    hyperswarm: readNode('hyperswarm', values.hyperswarm),
    key
  }
}

function readNode(option: string, value = ''): Node {
  const [, host, port] = /^(127\.\d+\.\d+\.\d+):(\d+)$/.exec(value) ?? []
  if (host !== undefined && port !== undefined) return { host, port: Number(port) }
  throw new UsageError(
    `--${option} takes a DHT node of that network on this machine, such as 127.0.0.1:49737.`
  )
}
