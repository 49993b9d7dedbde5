import type { Channel, ChannelEvents, Connection } from '../transport/transport.js'

/** Before the name of a topic, in the name of its extension: what peersockets@1.0.0 uses. */
const PREFIX = 'peersockets/v0/'

/**
 * Wire v0: one protocol a topic, with the topic's name in the clear, one frame a message. A peersockets@1.0.0 on the
 * other side understands it.
 */
export function openPublicTopic(connection: Connection, name: string, events: ChannelEvents): Channel {
  return connection.open(PREFIX + name, events)
}
