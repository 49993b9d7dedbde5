import { settled } from '@peersockets/testing'
import Protomux from 'protomux'
import { describe, expect, test } from 'vitest'
import { AnnouncedNames } from './announced-names.js'
import { hyperswarm } from './index.js'
import { connected, listen } from './test-support/connected.js'

describe('what a peer opens', () => {
  test('is told each time, whether we have it or not, and whoever was first', async () => {
    const { ends } = await connected()
    const heard: string[] = []
    ends[0].connection.onannounce(name => heard.push(name))
    listen(ends[0], 'ours')
    await settled()
    listen(ends[1], 'theirs')
    listen(ends[1], 'ours')
    await settled()
    expect(heard.splice(0).toSorted()).toEqual(['ours', 'theirs'])
    // What was refused is opened anew when we ask for it: that is no news.
    const late = listen(ends[0], 'theirs')
    await settled()
    expect([late.channel.remoteOpen, heard.splice(0)]).toEqual([true, []])
    Protomux.from(ends[1].stream)
      .createChannel({ protocol: 'a stranger', messages: [], onopen: () => {}, onclose: () => {} })
      ?.open()
    await settled()
    expect(heard).toEqual(['a stranger'])
  })

  test('under an id is another protocol, and not told', async () => {
    const { ends } = await connected()
    const heard: string[] = []
    ends[0].connection.onannounce(name => heard.push(name))
    const id = Buffer.from('id')
    ends[1].mux
      .createChannel({ protocol: 'x', id, messages: [], onopen: () => {}, onclose: () => {} })
      ?.open()
    await settled()
    expect(heard).toEqual([])
  })

  test('before somebody asks is told soon, as far as it is remembered', async () => {
    const { network, ends } = await connected()
    for (const name of ['a', 'b', 'x'.repeat(1000)]) listen(ends[1], name)
    await settled()
    const heard: string[] = []
    ends[0].connection.onannounce(name => heard.push(name))
    expect(heard).toEqual([])
    await settled()
    expect(heard.splice(0)).toEqual(['a', 'b'])
    // And by another transport on the same stream.
    const [swarm] = network.swarms
    if (swarm === undefined) throw new Error('There are two.')
    const transport = hyperswarm(swarm)
    transport.start({
      onconnection: connection => connection.onannounce(name => heard.push(`late ${name}`)),
      onclose: () => undefined
    })
    await settled()
    expect(heard.splice(0)).toEqual(['late a', 'late b'])
    transport.stop()
    listen(ends[1], 'c')
    await settled()
    expect(heard).toEqual(['c'])
  })

  test('can be opened in the listener', async () => {
    const { ends } = await connected()
    const logs: string[][] = []
    ends[0].connection.onannounce(name => logs.push(listen(ends[0], name).log))
    const far = listen(ends[1], 'x')
    await settled()
    expect([logs, far.log, far.channel.remoteOpen]).toEqual([[['[open]']], ['[open]'], true])
  })

  test('is remembered up to a number of names', () => {
    const names = new AnnouncedNames()
    for (let n = 0; n < 10_000; n++) names.add(`${n}`)
    const heard: string[] = []
    names.hear(name => heard.push(name))
    return settled().then(() => expect(heard).toHaveLength(256))
  })
})
