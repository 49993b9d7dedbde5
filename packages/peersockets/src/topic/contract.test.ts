import { describe, expect, test } from 'vitest'
import { Peersockets } from '../peersockets.js'
import type { Codec, Middleware } from '../plugin.js'
import { plainJson } from '../test-support/codecs.js'
import type { Transport } from '../transport/transport.js'
import { defineTopic } from './definition.js'

const stage: Middleware = {
  name: 'deflate',
  open: () => ({ send: frame => frame, receive: frame => frame })
}

test('a plugin made for version 2 of the contract, or that does not say, is taken', () => {
  expect(() => defineTopic({ codec: { ...plainJson, contract: 2 }, middleware: [stage] })).not.toThrow()
  expect(() => defineTopic({ codec: plainJson, middleware: [{ ...stage, contract: 2 }] })).not.toThrow()
})

describe('a plugin made for another version is refused with ERR_INVALID_ARGUMENT', () => {
  // What JavaScript may give, and what another release may declare.
  const other = (contract: unknown): { contract: 2 } => Object({ contract })

  const refusal = (beginning: string) =>
    expect.objectContaining({
      code: 'ERR_INVALID_ARGUMENT',
      message: expect.stringMatching(
        new RegExp(
          `^${beginning} of the plugin contract, and this peersockets has version 2: install a release of`
        )
      )
    })

  test('in words that say which, for what, and what to do', () => {
    const codec = { ...plainJson, name: 'cbor', ...other(1) }
    expect(() => defineTopic({ codec })).toThrow(refusal('The codec cbor is made for version 1'))
    const middleware = [stage, { ...stage, ...other(3) }]
    expect(() => defineTopic({ middleware })).toThrow(refusal('The middleware deflate is made for version 3'))
  })

  test.each([0, 1.5, '2', null, Number.NaN, Symbol('2'), {}])('%s is another version', contract => {
    expect(() => defineTopic({ middleware: [{ ...stage, ...other(contract) }] })).toThrow(
      /made for version .* of the plugin contract/
    )
  })

  test('a transport too, whatever else it has', async () => {
    const message =
      'The transport is made for version 1 of the plugin contract, and this peersockets has version 2: install a ' +
      'release of the transport or of peersockets so that both have the same.'
    const error = expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT', message })
    for (const parts of [{ connectionOf: () => undefined }, { begin: () => {} }]) {
      const transport: Transport = Object({ ...parts, ...other(1) })
      expect(() => new Peersockets(transport)).toThrow(error)
    }
    const current: Transport = { start: () => {}, stop: () => {}, connectionOf: () => undefined, contract: 2 }
    expect(() => void new Peersockets(current).stop()).not.toThrow()
  })

  test('before it is told that it lacks what this version asks for', () => {
    const codec: Codec = Object({ name: 'cbor', write: () => {}, ...other(1) })
    const middleware: Middleware = Object({ name: 'deflate', start: () => {}, ...other(1) })
    expect(() => defineTopic({ codec })).toThrow('made for version 1')
    expect(() => defineTopic({ middleware: [middleware] })).toThrow('made for version 1')
  })
})
