import { hmac } from '@peersockets/mw-hmac'
import { defineTopic } from 'peersockets'
import { definedTopic } from './topic.js'

/** Signed Buffers. */
export const signedTopic = definedTopic(defineTopic({ name: 'bench', middleware: [hmac()] }))
