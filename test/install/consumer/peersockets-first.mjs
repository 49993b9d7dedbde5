import { Peersockets } from 'peersockets'

// The formatter sorts imports up to a comment that stands alone: this one keeps peersockets first.

import Networker from '@corestore/networker'
import HypercoreProtocol from 'hypercore-protocol'
import { exchange } from './exchange.mjs'

await exchange(Networker, HypercoreProtocol, Peersockets)
