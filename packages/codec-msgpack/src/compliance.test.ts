import { testCodec } from '@peersockets/testing'
import { test } from 'vitest'
import { msgpack } from './index.js'

testCodec(msgpack, {
  test,
  keepsNegativeZero: false,
  samples: [
    null,
    true,
    -0,
    1.5e-7,
    Number.NaN,
    2n ** 63n,
    '',
    '\ufeffhéllo 🦜 \u0000',
    'x'.repeat(70_000),
    Buffer.from('bytes'),
    new Date(1_700_000_000_123),
    new Map([['a', new Map([[1, [2]]])]]),
    [],
    {},
    [1, ['two', { three: [null, false] }]],
    { from: 'ada', text: 'hi', at: new Date(0), attached: Buffer.alloc(3000, 7) },
    JSON.parse('{"__proto__":{"a":1},"constructor":2}')
  ],
  refuses: [
    undefined,
    2n ** 64n,
    new Date(Number.NaN),
    new Set(),
    { a: [undefined] },
    '\ud800',
    new Map([[{}, 1]])
  ],
  rejects: ['', 'c1', '0102', '81a16101a2', 'd9ff', 'c7ff0500', '82a16101a16102'].map(hex =>
    Buffer.from(hex, 'hex')
  )
})
