export { COUNTER_BYTES, FrameCounter, MAX_COUNTER } from './frame-counter.js'
export { checkNames, invalid, type KeyOptions, type Keys, readKeys } from './key-options.js'
