import { test } from 'node:test'
import { testMiddleware } from '@peersockets/testing/suites'
import * as plugin from './index.js'

testMiddleware(() => plugin.__identifier__(), {
  test,
  maxFrameBytes: 1024 * 1024,
  maxOverheadBytes: 14,
  synchronous: true,
  detects: ['replay', 'reorder', 'reflect', 'move'],
  rejects: [Buffer.alloc(0), Buffer.alloc(13), Buffer.alloc(14)]
})
