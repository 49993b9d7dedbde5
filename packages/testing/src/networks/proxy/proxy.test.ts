import { fork } from 'node:child_process'
import { once } from 'node:events'
import net, { type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import HypercoreProtocol from 'hypercore-protocol'
import { afterEach, describe, expect, test } from 'vitest'
import {
  createBitFlipper,
  createBootstrap,
  createProxy,
  type ProtocolStream,
  type ProxyOptions,
  type ProxyPassage,
  type TcpProxy
} from '../index.js'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

interface Path {
  proxy: TcpProxy
  dial(): Promise<[near: Socket, far: Socket]>
}

/** A server, and a proxy before it. */
async function path(transform?: ProxyOptions['transform']): Promise<Path> {
  const server = net.createServer()
  server.listen(0, '127.0.0.5')
  await once(server, 'listening')
  closing.push(() => server.close())
  const { port } = server.address() as net.AddressInfo
  const proxy = await createProxy({ target: { host: '127.0.0.5', port }, ...(transform && { transform }) })
  closing.push(() => proxy.close())
  return {
    proxy,
    async dial() {
      const answered = once(server, 'connection')
      const near = net.connect(proxy.port, proxy.host)
      near.on('error', () => {})
      const [far]: Socket[] = await answered
      if (far === undefined) throw new Error('Nobody answered.')
      far.on('error', () => {})
      closing.push(() => near.destroy())
      return [near, far]
    }
  }
}

function textOf(socket: Socket): () => string {
  let text = ''
  socket.setEncoding('latin1').on('data', chunk => {
    text += chunk
  })
  return () => text
}

describe('a proxy', () => {
  test('passes everything both ways, and comes from an address that networkers do not ignore', async () => {
    const { proxy, dial } = await path()
    const [near, far] = await dial()
    const [heardNear, heardFar] = [textOf(near), textOf(far)]
    near.write('ping')
    far.write('pong')
    await expect.poll(() => [heardFar(), heardNear()]).toEqual(['ping', 'pong'])
    expect(far.remoteAddress).toBe(proxy.host)
    expect(proxy.host).toMatch(/^127\.(?!0\.0\.1$)/)
  })

  test('changes, drops, splits and adds what its transform says, and counts what was sent', async () => {
    const passages: ProxyPassage[] = []
    const { dial } = await path((chunk, passage) => {
      passages.push(passage)
      if (passage.direction === 'down') return null
      return [chunk.subarray(0, 1), Buffer.from('-'), chunk.fill('x', 1)]
    })
    const [near, far] = await dial()
    const [heardNear, heardFar] = [textOf(near), textOf(far)]
    near.write('abc')
    await expect.poll(heardFar).toBe('a-axx')
    far.write('lost')
    near.write('de')
    await expect.poll(heardFar).toBe('a-axxd-dx')
    await expect.poll(() => passages.length).toBe(3)
    expect(passages.filter(({ direction }) => direction === 'up').map(({ offset }) => offset)).toEqual([0, 3])
    expect(heardNear()).toBe('')
  })

  test('passes the last bytes before it passes the end, to a slow reader too', async () => {
    const { dial } = await path()
    const [near, far] = await dial()
    near.end(Buffer.alloc(16 << 20))
    let bytes = 0
    for await (const chunk of far) {
      bytes += chunk.length
      await new Promise(resolve => setImmediate(resolve))
    }
    expect(bytes).toBe(16 << 20)
  })

  test('breaks connections when it is cut, and holds those made meanwhile until it heals', async () => {
    const { proxy, dial } = await path()
    const [near, far] = await dial()
    proxy.cut()
    await Promise.all([once(near, 'close'), once(far, 'close')])
    let answered = false
    const again = dial().then(ends => {
      answered = true
      return ends
    })
    await new Promise(resolve => setTimeout(resolve, 50))
    expect(answered).toBe(false)
    proxy.heal()
    const [dialled, other] = await again
    const heard = textOf(other)
    dialled.write('back')
    await expect.poll(heard).toBe('back')
  })

  test('takes nothing while it is stalled', async () => {
    const { proxy, dial } = await path()
    const [near, far] = await dial()
    const heard = textOf(far)
    proxy.stall()
    near.write('later')
    await new Promise(resolve => setTimeout(resolve, 30))
    expect(heard()).toBe('')
    proxy.resume()
    await expect.poll(heard).toBe('later')
  })

  test('takes nothing from who connects while it is stalled', async () => {
    const { proxy, dial } = await path()
    proxy.stall()
    const [near, far] = await dial()
    const heard = textOf(far)
    near.write('later')
    await new Promise(resolve => setTimeout(resolve, 30))
    expect(heard()).toBe('')
    proxy.resume()
    await expect.poll(heard).toBe('later')
  })

  test('closes its end when its target refuses', async () => {
    const closed = net.createServer().listen(0, '127.0.0.6')
    await once(closed, 'listening')
    const { port } = closed.address() as net.AddressInfo
    closed.close()
    const proxy = await createProxy({ target: { host: '127.0.0.6', port } })
    closing.push(() => proxy.close())
    await once(net.connect(proxy.port, proxy.host), 'close')
  })

  test('flips a bit of a message between two protocol streams', async () => {
    const flipper = createBitFlipper<ProxyPassage>()
    const { dial } = await path(flipper.attack)
    const ends = await dial()
    const [near, far] = [
      new HypercoreProtocol(true, { live: true }),
      new HypercoreProtocol(false, { live: true })
    ]
    const handshakes = [once(near, 'handshake'), once(far, 'handshake')]
    pipe(ends[0], near)
    pipe(ends[1], far)
    await Promise.all(handshakes)
    const received: string[] = []
    far.registerExtension('x', { onmessage: message => received.push(message.toString()) })
    const sender = near.registerExtension('x')
    sender.send('first')
    await expect.poll(() => received).toEqual(['first'])
    const flipped = flipper.flipNext({ offsetFromEnd: 2, mask: 0x08 }, ({ direction }) => direction === 'up')
    sender.send('pay alice 10')
    expect(await flipped).toMatchObject({ direction: 'up' })
    await expect.poll(() => received).toEqual(['first', 'pay alice 90'])
    expect(() => flipper.flipNext({ offsetFromEnd: 0, mask: 1 })).toThrow(RangeError)
  })

  test('stands between networkers in two other processes', { timeout: 60_000 }, async () => {
    const bootstrap = await createBootstrap()
    closing.push(() => bootstrap.close())
    const answerer = peerProcess(bootstrap.address)
    const { host, port } = await answerer.next('listening')
    const flipper = createBitFlipper<ProxyPassage>()
    const proxy = await createProxy({ target: { host, port }, transform: flipper.attack })
    closing.push(() => proxy.close())
    const dialler = peerProcess(bootstrap.address, `${proxy.host}:${proxy.port}`)
    await dialler.next('listening')
    await Promise.all([answerer.next('peer'), dialler.next('peer')])
    dialler.send('warm up')
    expect(await answerer.next('message')).toMatchObject({ text: 'warm up' })
    const flipped = flipper.flipNext({ offsetFromEnd: 2, mask: 0x08 }, ({ direction }) => direction === 'up')
    dialler.send('pay alice 10')
    await flipped
    expect(await answerer.next('message')).toMatchObject({ text: 'pay alice 90' })
  })
})

function pipe(socket: Socket, stream: ProtocolStream): void {
  stream.on('data', (chunk: Buffer) => socket.write(chunk))
  socket.on('data', chunk => stream.write(chunk))
  socket.on('close', () => stream.destroy())
  stream.on('error', () => {})
  closing.push(() => stream.destroy())
}

interface Report {
  type: 'listening' | 'peer' | 'message'
  host: string
  port: number
  text: string
}

function peerProcess(bootstrap: string, dial = '') {
  const program = fileURLToPath(new URL('./peer.fixture.ts', import.meta.url))
  const child = fork(program, [bootstrap, dial], { execArgv: ['--import', 'tsx'] })
  closing.push(async () => {
    const exited = once(child, 'exit')
    child.disconnect()
    expect(await exited).toEqual([0, null])
  })
  const reports: Report[] = []
  child.on('message', report => reports.push(report as Report))
  return {
    send(text: string) {
      child.send(text)
    },
    async next(type: Report['type']): Promise<Report> {
      await expect.poll(() => reports.some(report => report.type === type), { timeout: 30_000 }).toBe(true)
      const at = reports.findIndex(report => report.type === type)
      const [report] = reports.splice(at, 1)
      if (report === undefined) throw new Error(`The process did not report ${type}.`)
      return report
    }
  }
}
