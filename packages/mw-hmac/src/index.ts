export { hmac } from './hmac.js'
export type { HmacOptions } from './options.js'
