import Networker from '@corestore/networker'
import HypercoreProtocol from 'hypercore-protocol'
import { Peersockets } from 'peersockets'
import { exchange } from './exchange.mjs'

// The handshakes of both stacks, by turns.
await exchange(Networker, HypercoreProtocol, Peersockets)
await import('./hyperswarm.mjs')
await exchange(Networker, HypercoreProtocol, Peersockets)
