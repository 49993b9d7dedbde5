import { randomInt } from 'node:crypto'
import net from 'node:net'
import os from 'node:os'

/** Addresses of this machine that no other machine can reach, where the system allows it. */
export interface LocalHosts {
  /** Where a bootstrap node listens. */
  readonly bootstrap: string
  /** An address for one more peer. A networker ignores connections from 127.0.0.1, so it is never that. */
  peer(): string
}

let hosts: Promise<LocalHosts> | undefined

/**
 * Linux and Windows answer on all of 127.0.0.0/8. macOS has 127.0.0.1 alone, where nothing is left for peers but the
 * machine's own address; packets to it do not leave the machine either, but others may connect.
 */
export function localHosts(): Promise<LocalHosts> {
  hosts ??= canBind('127.0.0.2').then(bindable => {
    if (bindable) return { bootstrap: '127.0.0.1', peer: randomLoopbackHost }
    const own = ownAddress()
    return { bootstrap: own, peer: () => own }
  })
  return hosts
}

/**
 * Random, so that the peers of several processes differ: hyperswarm takes two peers on one address for neighbours
 * behind the same router, and gives such a connection its lowest priority and no second attempt.
 */
function randomLoopbackHost(): string {
  return `127.${randomInt(1, 255)}.${randomInt(0, 256)}.${randomInt(1, 255)}`
}

function canBind(host: string): Promise<boolean> {
  return new Promise(resolve => {
    const probe = net.createServer()
    probe.once('error', () => resolve(false))
    probe.listen(0, host, () => probe.close(() => resolve(true)))
  })
}

function ownAddress(): string {
  for (const addresses of Object.values(os.networkInterfaces())) {
    const own = addresses?.find(({ family, internal }) => family === 'IPv4' && !internal)
    if (own !== undefined) return own.address
  }
  throw new Error(
    'This machine has neither a second loopback address nor one of its own for peers to listen on.'
  )
}
