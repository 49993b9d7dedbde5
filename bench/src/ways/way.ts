/** A way to connect two processes over loopback, with an `End` in each. */
export interface Way<End> {
  /** Waits for one peer; gives the port. `onend` runs before anything that the peer sends is delivered. */
  listen(onend: (end: End) => void): Promise<number>
  dial(port: number): Promise<End>
}

/** An end that exchanges messages. */
export interface MessageEnd<Message> {
  onmessage: (message: Message) => void
  readonly send: (message: Message) => void
  /** Resolves when what was sent has left the process, but for what one write to a socket may leave behind. */
  drained(): Promise<void>
  /** Ends the connection; the other side sees an orderly end. */
  close(): void
}

/** An end that joins many topics. */
export interface TopicsEnd {
  /** Joins all of `names`; gives what sends a message on the last of them. */
  join(names: readonly string[], onmessage: (message: Buffer) => void): (message: Buffer) => void
  close(): void
}
