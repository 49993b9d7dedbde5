/** Counts since the start, taken when read. */
export interface Stats {
  /** Connections that are up now. */
  readonly connections: number
  /** Messages accepted for sending, one for each peer they go to. What is dropped later is counted in `rejected` too. */
  readonly sent: number
  /** Messages that were valid and were given to the topic's handles. */
  readonly received: number
  /** What was reported through `onreject`, by code. */
  readonly rejected: Readonly<Record<string, number>>
  /** The same for each topic that is joined now, by its full name, since it was joined. */
  readonly topics: ReadonlyMap<string, TopicStats>
}

/** Counts of one topic since it was joined. */
export interface TopicStats {
  readonly sent: number
  readonly received: number
  readonly rejected: number
}

/** `past`: counts of topics that were left. */
export function statsOf(
  connections: number,
  joined: ReadonlyMap<string, TopicStats>,
  past: { readonly sent: number; readonly received: number },
  rejected: Readonly<Record<string, number>>
): Stats {
  let { sent, received } = past
  const topics = new Map<string, TopicStats>()
  for (const [name, topic] of joined) {
    topics.set(name, { sent: topic.sent, received: topic.received, rejected: topic.rejected })
    sent += topic.sent
    received += topic.received
  }
  return { connections, sent, received, rejected: { ...rejected }, topics }
}
