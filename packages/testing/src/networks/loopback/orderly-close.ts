import { once } from 'node:events'
import type { NetworkerConstructor } from '../stack/networker.js'

/**
 * A networker that closes as version 0.0.1 did, which peersockets 1.0.0 was written for: it leaves its topics before
 * it destroys its streams. What was sent just before arrives, and no handshake is over after the extensions are gone.
 * Version 1.2.1 destroys the streams at once, with what they have not passed on yet.
 */
export function closingOrderly(Networker: NetworkerConstructor): NetworkerConstructor {
  return class extends Networker {
    override async close(): Promise<void> {
      if (!this.closing && !this.closed) {
        const leaving = this.allStatuses().map(({ discoveryKey }) =>
          this.configure(discoveryKey, { announce: false, lookup: false })
        )
        await Promise.all(leaving)
        while (this._streamsProcessed < this._streamsProcessing) await once(this, 'stream-processed')
      }
      await super.close()
    }
  }
}
