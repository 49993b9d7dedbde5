import { hyperswarm } from '@peersockets/transport-hyperswarm'
import createTestnet from 'hyperdht/testnet.js'
import Hyperswarm from 'hyperswarm'
import { Peersockets } from 'peersockets'
import { exchangeOver } from './exchange.mjs'

const testnet = await createTestnet(3)
const swarms = [0, 1].map(() => new Hyperswarm({ dht: testnet.createNode() }))
const exchanged = exchangeOver(swarms.map(swarm => new Peersockets(hyperswarm(swarm))))
for (const swarm of swarms) await swarm.join(Buffer.alloc(32, 'install')).flushed()
await exchanged
for (const swarm of swarms) await swarm.destroy()
await testnet.destroy()
