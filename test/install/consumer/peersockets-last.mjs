import Networker from '@corestore/networker'
import HypercoreProtocol from 'hypercore-protocol'
import { Peersockets } from 'peersockets'
import { exchange } from './exchange.mjs'

await exchange(Networker, HypercoreProtocol, Peersockets)
