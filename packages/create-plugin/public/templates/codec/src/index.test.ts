import { test } from 'node:test'
import { testCodec } from '@peersockets/testing/suites'
import * as plugin from './index.js'

testCodec(() => plugin.__identifier__(), {
  test,
  samples: ['', 'text', 'naïve', '\u0000', '\ufeffmarked', '🦋', 'x'.repeat(10_000)],
  refuses: [undefined, null, 1, Buffer.from('text'), ['text'], '\ud83e', '\udd8b\ud83e'],
  rejects: [
    Buffer.of(0xff),
    Buffer.of(0xc0, 0x80),
    Buffer.from('🦋').subarray(0, 3),
    Buffer.of(0xed, 0xa0, 0x80)
  ]
})
