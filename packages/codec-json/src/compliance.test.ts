import { testCodec } from '@peersockets/testing'
import { test } from 'vitest'
import { json } from './index.js'

testCodec(json, {
  test,
  samples: [
    null,
    true,
    -0,
    1.5e-7,
    Number.MAX_SAFE_INTEGER,
    '',
    'héllo 🦜 \u0000 \u2028',
    'x'.repeat(70_000),
    [],
    {},
    [1, ['two', { three: [null, false] }]],
    { from: 'ada', text: 'hi', at: '2026-01-02T03:04:05Z', to: [{ name: 'bob' }] },
    JSON.parse('{"__proto__":{"a":1},"constructor":2}')
  ],
  refuses: [
    undefined,
    Number.NaN,
    1n,
    new Date(0),
    new Map(),
    { a: [undefined] },
    '\ud800',
    Symbol('s'),
    () => 1
  ],
  rejects: ['', '1 2', '[1,]', '{"a":1,"a":2}', '1e999', '9007199254740993', '"\\ud800"'].map(text =>
    Buffer.from(text)
  )
})
