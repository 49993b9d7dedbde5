export { Copying } from './copying.js'
export { isBytes, isPlainArray, isPlainObject, kindOf } from './kind.js'
export { checkedMaxDepth, DEFAULT_MAX_DEPTH } from './max-depth.js'
export { type Entry, pathOf, type Step } from './path.js'
