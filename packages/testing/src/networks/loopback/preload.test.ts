import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'

async function run(program: string): Promise<string> {
  const args = ['--require', 'tsx/cjs', '--require', './src/networks/loopback/preload.ts', '--eval', program]
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 20_000 })
  return stdout
}

describe('a program under the preload', () => {
  test('has its own networkers and its own bootstrap node on loopback, and gets what was sent before a close', async () => {
    const stdout = await run(`
      const { once } = require('events')
      const dht = require('@hyperswarm/dht')
      const Networker = require('@corestore/networker')
      const Corestore = require('corestore')
      const ram = require('random-access-memory')
      async function main () {
        const bootstrap = dht({ bootstrap: false })
        bootstrap.listen(0)
        await once(bootstrap, 'listening')
        const { address, port } = bootstrap.address()
        const networkers = []
        for (let n = 0; n < 2; n++) {
          const store = new Corestore(ram)
          await store.ready()
          networkers.push(new Networker(store, { bootstrap: 'localhost:' + port }))
        }
        const [one, other] = networkers
        const received = new Promise(resolve => {
          other.registerExtension('x', { onmessage: (message, peer) => resolve([message, peer]) })
        })
        const extension = one.registerExtension('x', {})
        const key = Buffer.alloc(32, 'preload')
        for (const networker of networkers) await networker.configure(key)
        while (one.peers.size + other.peers.size < 2) await new Promise(resolve => setTimeout(resolve, 10))
        await new Promise(resolve => setTimeout(resolve, 100))
        extension.broadcast('last words')
        await one.close()
        const [message, peer] = await received
        await other.close()
        bootstrap.destroy()
        console.log(JSON.stringify({ address, message: message.toString(), from: peer.remoteAddress }))
      }
      main()
    `)
    const { address, message, from } = JSON.parse(stdout)
    expect(address).toBe('127.0.0.1')
    expect(message).toBe('last words')
    expect(from).toMatch(/^127\.(?!0\.0\.1$)/)
  })

  test('cannot reach the public network by leaving the bootstrap out', async () => {
    await expect(run(`require('hyperswarm')()`)).rejects.toThrow('needs a `bootstrap` node')
    await expect(run(`require('@hyperswarm/dht')()`)).rejects.toThrow('must be a bootstrap node')
  })
})
