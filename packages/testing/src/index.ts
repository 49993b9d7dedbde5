export * from './networks/index.js'
export * from './suites/index.js'
