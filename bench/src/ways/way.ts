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
  /** Runs what sends all messages of one turn of the event loop. Who gathers them by hand does it here. */
  readonly together: (sends: () => void) => void
  /** Resolves when what was sent has left the process, but for what one write to a socket may leave behind. */
  drained(): Promise<void>
  /** Says that nothing more is to be sent for now, so that the system keeps nothing back to join it with more. */
  keepNothingBack(): void
  /** Ends the connection; the other side sees an orderly end. */
  close(): void
}

/** Nothing is gathered by hand: each message is sent as it comes. */
export const oneByOne: MessageEnd<unknown>['together'] = sends => sends()

/** An end that joins many topics. */
export interface TopicsEnd {
  /** Joins all of `names`; gives what sends a message on the last of them. */
  join(names: readonly string[], onmessage: (message: Buffer) => void): (message: Buffer) => void
  /** That both ends have put on the wire so far. */
  wireBytes(): number
  /** That the system keeps nothing back from now on to join it with more. */
  keepNothingBack(): void
  close(): void
}

/** One end in the middle, the hub, with a connection to each of many peers, all of which are in the other process. */
export interface Star<Hub, Spoke> {
  /** Waits for `peers` connections; gives the port. */
  listen(peers: number, onspoke: (spoke: Spoke) => void): Promise<number>
  dial(port: number, peers: number): Promise<Hub>
}
