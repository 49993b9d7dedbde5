import Networker from '@corestore/networker'
import { hyperswarm } from '@peersockets/transport-hyperswarm'
import HypercoreProtocol from 'hypercore-protocol'
import createTestnet from 'hyperdht/testnet.js'
import Hyperswarm from 'hyperswarm'
import { Peersockets } from 'peersockets'
import { exchange, exchangeOver } from './exchange.mjs'

// The handshakes of both stacks, by turns.
const testnet = await createTestnet(3)
const swarms = [0, 1].map(() => new Hyperswarm({ dht: testnet.createNode() }))
await exchange(Networker, HypercoreProtocol, Peersockets)
const sockets = swarms.map(swarm => new Peersockets(hyperswarm(swarm)))
const exchanged = exchangeOver(sockets)
for (const swarm of swarms) await swarm.join(Buffer.alloc(32, 'install')).flushed()
await exchanged
await exchange(Networker, HypercoreProtocol, Peersockets)
for (const swarm of swarms) await swarm.destroy()
await testnet.destroy()
