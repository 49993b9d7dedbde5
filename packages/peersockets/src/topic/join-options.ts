import { type PeersocketsError, refuse } from '../errors.js'
import { checkCallbacks, checkOptions } from '../options.js'
import type { Peer } from '../plugin.js'

/**
 * What an app wants to hear of a topic. What these throw, or reject with, goes no further: that of `onmessage`, `onpeerjoin`
 * and `onpeerleave` is reported as `ERR_HANDLER_FAILED`; that of `onclose` and `onreject` is counted, and printed once.
 */
export interface JoinOptions<Message, P extends Peer = Peer> {
  /** The name to join a defined topic under, such as `chat/42`, instead of the definition's own. */
  name?: string
  /**
   * For a topic joined by its name: true puts it on wire v1, where only peers that know the name can tell that we are in
   * it. Default false. A defined topic says it in its definition.
   */
  private?: boolean
  /** A message for this topic. It is this handle's own: no other handle gets the same object. */
  onmessage?(message: Message, peer: P): void
  /** Once, when this handle is closed: by `close`, `leave`, `stop` or `signal`. */
  onclose?(): void
  /** A connected peer is in this topic; called for those who are there already, soon after `join`. */
  onpeerjoin?(peer: P): void
  /** It left the topic, or its last connection is gone: once for each `onpeerjoin`, while the handle is open. */
  onpeerleave?(peer: P): void
  /** Something on this topic was dropped, or failed; `peer` is where it came from, or was to go. */
  onreject?(error: PeersocketsError, peer: P): void
  /** Closes the handle when it aborts. */
  signal?: AbortSignal
}

const CALLBACKS = ['onmessage', 'onclose', 'onpeerjoin', 'onpeerleave', 'onreject'] as const

/** What of the options is called later. */
export type Callbacks<Message, P extends Peer> = {
  readonly [K in (typeof CALLBACKS)[number]]: JoinOptions<Message, P>[K] | undefined
}

const CALL = 'join(topic, options)'

const OPTIONS: readonly (keyof JoinOptions<unknown>)[] = ['name', 'private', 'signal', ...CALLBACKS]

/** Throws `ERR_INVALID_ARGUMENT` for options that nobody would look at, or that are of the wrong kind. */
export function checkJoinOptions(options: JoinOptions<never, never>): void {
  checkOptions(CALL, options, OPTIONS)
  checkCallbacks(CALL, options, CALLBACKS)
  if (options.private !== undefined && typeof options.private !== 'boolean')
    refuse(`${CALL} takes as \`private\` true or false.`)
  if (options.signal !== undefined && typeof options.signal?.addEventListener !== 'function')
    refuse(`${CALL} takes as \`signal\` an AbortSignal.`)
}
