/** What a peer process tells the one that started it. Peers are named by their public key, in hex. */
export type Report =
  | { readonly event: 'ready'; readonly key: string }
  | { readonly event: 'joined' | 'left'; readonly topic: string; readonly key: string }
  /** So many messages of a peer have come on a topic, one after the other. */
  | { readonly event: 'heard'; readonly topic: string; readonly key: string; readonly messages: number }
  | { readonly event: 'fault'; readonly what: string }

/** Nobody else writes to the channel between the two. */
export function isReport(value: unknown): value is Report {
  return typeof value === 'object' && value !== null && 'event' in value
}
