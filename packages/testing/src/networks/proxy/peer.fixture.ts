/** A networker in a process of its own: reports what happens to its parent, and sends to its peers what it is told. */
import { createNetworker } from '../index.js'

const [bootstrap = '', dialled = ''] = process.argv.slice(2)
const [host = '', port = ''] = dialled.split(':')
const report = (type: string, details: object = {}) => process.send?.({ type, ...details })

const networker = await createNetworker({
  bootstrap,
  ...(dialled !== '' && { dial: () => ({ host, port: Number(port) }) })
})
const extension = networker.registerExtension('x', {
  onmessage: message => report('message', { text: message.toString() })
})
networker.on('peer-add', () => report('peer'))
process.on('message', (text: string) => extension.broadcast(text))
process.on('disconnect', () => networker.close())
await networker.configure(Buffer.alloc(32, 'two processes'))
const address = networker.swarm?.address()
report('listening', { host: address?.address, port: address?.port })
