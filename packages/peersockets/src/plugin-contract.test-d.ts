import { describe, expectTypeOf, test } from 'vitest'
import type * as index from './index.js'
import type * as contract from './plugin-contract.js'

test('peersockets/plugin gives the types that peersockets gives', () => {
  expectTypeOf<contract.Codec>().toEqualTypeOf<index.Codec>()
  expectTypeOf<contract.Middleware>().toEqualTypeOf<index.Middleware>()
  expectTypeOf<contract.Layer>().toEqualTypeOf<index.Layer>()
  expectTypeOf<contract.Session>().toEqualTypeOf<index.Session>()
  expectTypeOf<contract.Counters>().toEqualTypeOf<index.Counters>()
  expectTypeOf<contract.ExportedKey>().toEqualTypeOf<index.ExportedKey>()
  expectTypeOf<contract.Peer>().toEqualTypeOf<index.Peer>()
  expectTypeOf<contract.Transport>().toEqualTypeOf<index.Transport>()
  expectTypeOf<contract.TransportEvents>().toEqualTypeOf<index.TransportEvents>()
  expectTypeOf<contract.Connection>().toEqualTypeOf<index.Connection>()
  expectTypeOf<contract.Channel>().toEqualTypeOf<index.Channel>()
  expectTypeOf<contract.ChannelEvents>().toEqualTypeOf<index.ChannelEvents>()
})

describe('the version of the contract', () => {
  const pass = (frame: Buffer) => frame

  test('may be said or left out', () => {
    const open = () => ({ send: pass, receive: pass })
    expectTypeOf({ name: 'mw', open }).toExtend<contract.Middleware>()
    expectTypeOf({ name: 'mw', open, contract: 2 as const }).toExtend<contract.Middleware>()
    expectTypeOf<contract.ContractVersion>().toEqualTypeOf<2>()
  })

  test('is that of this release, or the plugin does not compile', () => {
    expectTypeOf<{
      name: string
      contract: 1
      open(): contract.Layer
    }>().not.toExtend<contract.Middleware>()
    expectTypeOf<{
      name: string
      contract: 1
      encode(): Buffer
      decode(): unknown
    }>().not.toExtend<contract.Codec>()
  })
})
