/** What stands behind a stage on the way of frames. */
export interface FrameSink {
  /**
   * Takes a frame, with the values given to `send` that it carries, none on the way in. On the way out, what it throws is a
   * `PeersocketsError` that concerns these values, and reaches the caller of `send`; on the way in it throws nothing.
   */
  take(frame: Buffer, values: readonly unknown[]): void
}

/** On the way in, frames carry no values of ours. */
export const NO_VALUES: readonly never[] = []
