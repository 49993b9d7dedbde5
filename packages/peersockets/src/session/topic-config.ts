import type { Middleware } from '../plugin.js'

/** How the messages of a topic travel. */
export interface TopicConfig {
  readonly middleware: readonly Middleware[]
  /** On wire v1 instead of v0. */
  readonly private: boolean
  /** A method, because a topic that is printed shows its properties. */
  secret(): Buffer | undefined
  /** Whether the messages of a tick share a frame; only on wire v1. */
  readonly batch: boolean
  /** Whether its messages are bytes, which an app may keep: they are not left in the chunk that they came in. */
  readonly raw: boolean
  /** The pipeline in words, which both sides must have alike. */
  readonly pipelineId: string
}
