/** What a peer may make us keep or do on wire v1 (SPEC, "Bounds"). */

/** Topics that a peer may have open on one connection. */
export const MAX_REMOTE_TOPICS = 16_384
/** Times that two peers may have the same topic open on one connection at once: one for each `Peersockets` in it. */
export const MAX_MATCHES = 16
/** Times that a peer may begin anew on one connection before it has to wait: each time it is told all our topics. */
export const MAX_GREETINGS = 16
/** After so many milliseconds it may begin anew once more. */
export const GREETING_INTERVAL_MS = 2_000
/** Bytes waiting for a peer above which it opens no more topics: each has an answer, and it does not read them. */
export const MAX_UNREAD_BYTES = 64 * 1024 * 1024
/** Messages in a batch. */
export const MAX_BATCH_MESSAGES = 1024
/** Bytes of UTF-8 in the name of a topic. */
export const MAX_NAME_BYTES = 1024
/** Bytes of UTF-8 in the id of a pipeline. */
export const MAX_PIPELINE_ID_BYTES = 255
/** Bytes of a topic's tag. */
export const TAG_BYTES = 16
/** Bytes that tell one instance from another. */
export const INSTANCE_BYTES = 8
/** Random bytes that each side puts into a match, so that its keys are new. */
export const VALUE_BYTES = 8
/** Bytes that show that an ACCEPT arrived as it was sent. */
export const CHECK_BYTES = 6

/**
 * Checks that do not fit the ACCEPTs of one OPEN, after which no more of them are looked at: a check costs as much time as hundreds of
 * bytes on the wire. An honest peer with {@link MAX_MATCHES} matches needs half of them at worst.
 */
export const MAX_FAILED_CHECKS = 256

/**
 * Bytes of a packet with more than one frame, and of a batch with more than one message. With them, a packet has room for so
 * few of the smallest that taking it apart does not keep the process from everything else. They are 64 KiB of messages and the
 * lengths of 1,024, so that messages of a power of two leave none over for a batch of its own.
 */
export const FULL_BYTES = 65 * 1024
/** What a frame costs in a packet besides its body, at most: its length, its number. */
export const FRAME_OVERHEAD_BYTES = 10
/** How long a message waits for the peer to say whether it is in the topic, in milliseconds. */
export const EARLY_TIMEOUT_MS = 10_000
/** How long a peer that has opened a topic may take to accept it, in milliseconds. */
export const ACCEPT_TIMEOUT_MS = 10_000
