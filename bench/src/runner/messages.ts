/** From the runner to one of its processes. Each gets one reply. */
export type Command =
  | { readonly kind: 'start' }
  | { readonly kind: 'answer'; readonly case: string }
  | { readonly kind: 'finish' }
  | { readonly kind: 'drive'; readonly case: string; readonly port: number }

export type Reply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'answered'; readonly cpuSeconds: number }
  | { readonly kind: 'driven'; readonly cpuSeconds: number; readonly perOperation: number }
  | { readonly kind: 'failed'; readonly reason: string }

export type ReplyOf<Kind extends Reply['kind']> = Extract<Reply, { kind: Kind }>

/** Nobody else writes to the channel between the two, so the kind is enough to go by. */
export function isCommand(value: unknown): value is Command {
  return typeof value === 'object' && value !== null && 'kind' in value
}

export function isReply<Kind extends Reply['kind']>(value: unknown, kind: Kind): value is ReplyOf<Kind> {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind
}
