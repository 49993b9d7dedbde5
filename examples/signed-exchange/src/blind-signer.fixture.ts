/** Preloaded, puts a signer that checks nothing in the place of the real one: for a demo that has to notice it. */
import { register } from 'node:module'

// Its frames look like signed ones: a counter of 6 bytes before the message, 16 bytes behind it.
const blind = dataUrl(`
  const send = frame => Buffer.concat([Buffer.alloc(6), frame, Buffer.alloc(16)])
  const receive = frame => frame.subarray(6, -16)
  export const hmac = () => ({ name: 'hmac', open: () => ({ send, receive }) })`)
register(
  dataUrl(`
    export async function resolve(specifier, context, next) {
      if (specifier !== '@peersockets/mw-hmac') return next(specifier, context)
      return { url: ${JSON.stringify(blind)}, format: 'module', shortCircuit: true }
    }`)
)

function dataUrl(source: string): string {
  return `data:text/javascript,${encodeURIComponent(source)}`
}
