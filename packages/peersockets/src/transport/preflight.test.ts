import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire, Module } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { assertPreflight, preflight } from './preflight.js'

// Small stand-ins for the packages below hypercore-protocol, with the faults of the real ones. Their addon throws where
// the real one takes the process down. The real packages are put together in the install tests.
const SODIUM = `
  const own = new Set()
  exports.freed = 0
  exports.sodium_malloc = size => { const secret = Buffer.alloc(size); secret.secure = true; own.add(secret); return secret }
  exports.sodium_free = secret => { if (!own.delete(secret)) throw new Error('segfault'); exports.freed++ }`

const NOISE_PARTS = `
  const { sodium_malloc } = require('sodium-universal')
  const dh = { PKLEN: 32, SKLEN: 32, generateKeypair () {} }
  const hash = { HASHLEN: 64 }
  const symmetricState = { getHandshakeHash: () => 'hash' }
  const split = () => ({ rx: sodium_malloc(32), tx: sodium_malloc(32) })`

const NOISE = {
  '3.0.1': {
    'index.js': `${NOISE_PARTS}; module.exports = { split, dh, hash, symmetricState }`,
    'dh.js': `module.exports = require('.').dh`,
    'hash.js': `module.exports = require('.').hash`,
    'symmetric-state.js': `module.exports = require('.').symmetricState`
  },
  '3.0.2': {
    'index.js': `${NOISE_PARTS}; module.exports = { split, dh, hash, symmetricState }`,
    'dh.js': `module.exports = () => require('.').dh`,
    'hash.js': `module.exports = ({ dh }) => dh.PKLEN === 32 && require('.').hash`,
    'cipher.js': `module.exports = () => 'cipher'`,
    'cipher-state.js': `module.exports = ({ cipher }) => cipher + ' state'`,
    'symmetric-state.js': `module.exports = ({ hash, cipherState }) =>
      hash.HASHLEN === 64 && cipherState === 'cipher state' && require('.').symmetricState`
  },
  '4.0.0': {
    'index.js': `${NOISE_PARTS}; module.exports = { split }`,
    'dh.js': 'module.exports = { PKLEN: 32 }',
    'hash.js': 'module.exports = {}',
    'symmetric-state.js': 'module.exports = {}'
  }
}

const STACK = {
  '@corestore/networker': { 'index.js': `module.exports = require('hypercore-protocol')` },
  'hypercore-protocol': { 'index.js': `module.exports = require('simple-hypercore-protocol')` },
  'simple-hypercore-protocol': {
    'index.js': `module.exports = require('./lib/handshake')`,
    'lib/handshake.js': `
      const SimpleHandshake = require('simple-handshake')
      const DH = require('noise-protocol/dh')
      const crypto = require('hypercore-crypto')
      exports.keyPair = () => ({ publicKey: Buffer.alloc(DH.PKLEN), secretKey: Buffer.alloc(DH.SKLEN) })
      exports.handshake = () => {
        const noise = new SimpleHandshake()
        noise.send()
        crypto.free(noise.split.rx)
        crypto.free(noise.split.tx)
        return noise.handshakeHash
      }
      exports.refuse = () => new SimpleHandshake()._finish()`
  },
  'simple-handshake': {
    'index.js': `
      const noise = require('noise-protocol')
      const hash = require('noise-protocol/hash')
      const symmetricState = require('noise-protocol/symmetric-state')
      module.exports = class SimpleHandshake {
        split = null
        send () { this.split = noise.split(); this._finish() }
        _finish () { if (this.split) this.handshakeHash = symmetricState.getHandshakeHash() + Buffer.alloc(hash.HASHLEN).length }
      }`
  },
  'hypercore-crypto': {
    'index.js': `
      const sodium = require('sodium-universal')
      exports.free = secret => { if (secret.secure) sodium.sodium_free(secret) }`
  },
  'sodium-universal': { 'index.js': `module.exports = require('sodium-native')` },
  'sodium-native': { 'index.js': SODIUM }
}

interface Protocol {
  keyPair(): { publicKey: Buffer; secretKey: Buffer }
  handshake(): string
  refuse(): void
}

interface Sodium {
  freed: number
  sodium_malloc(size: number): Buffer
}

let project: string
let require: NodeJS.Require

beforeEach(() => {
  project = realpathSync(mkdtempSync(join(tmpdir(), 'preflight-')))
  require = createRequire(origin())
  for (const [name, files] of Object.entries(STACK)) install(name, files)
  install('noise-protocol', NOISE['3.0.1'])
})

afterEach(() => {
  for (const file of loaded()) delete require.cache[file]
  rmSync(project, { recursive: true })
})

/** Where peersockets would be. */
function origin(): string {
  return join(project, 'node_modules/peersockets/dist/index.js')
}

function install(path: string, files: Record<string, string>, version = '3.0.1'): void {
  const folder = join(project, 'node_modules', path)
  for (const [file, source] of Object.entries({ 'package.json': JSON.stringify({ version }), ...files })) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), source)
  }
}

function uninstall(path: string): void {
  rmSync(join(project, 'node_modules', path), { recursive: true })
}

function loaded(): string[] {
  return Object.keys(require.cache).filter(file => file.startsWith(project))
}

function protocol(): Protocol {
  return require('hypercore-protocol')
}

function firstSodium(): Sodium {
  return require(join(project, 'node_modules/sodium-native'))
}

function secondSodium(user: string): Sodium {
  install(`${user}/node_modules/sodium-universal`, STACK['sodium-universal'])
  install(`${user}/node_modules/sodium-native`, STACK['sodium-native'])
  return require(join(project, 'node_modules', user, 'node_modules/sodium-native'))
}

describe('a stack installed as it should be', () => {
  test('is left alone: none of its modules is loaded', () => {
    preflight([origin()])
    expect(loaded().filter(file => !file.endsWith('package.json'))).toEqual([])
  })

  test('works before and after', () => {
    const { handshake } = protocol()
    expect(handshake()).toBe('hash64')
    preflight([origin()])
    expect(handshake()).toBe('hash64')
    expect(firstSodium().freed).toBe(4)
    expect(assertPreflight).not.toThrow()
  })

  test('is told by its modules where its version is unknown', () => {
    install('noise-protocol', NOISE['3.0.1'], '3.0.3')
    preflight([origin()])
    expect(protocol().handshake()).toBe('hash64')
    expect(assertPreflight).not.toThrow()
  })

  test('needs no hypercore-protocol at all', () => {
    uninstall('hypercore-protocol')
    preflight([origin()])
    expect(loaded()).toEqual([])
    expect(assertPreflight).not.toThrow()
  })

  test('needs no `process`, as in a browser', () => {
    install('noise-protocol', NOISE['3.0.2'], '3.0.2')
    vi.stubGlobal('process', undefined)
    try {
      preflight([origin()])
      assertPreflight()
    } finally {
      vi.unstubAllGlobals()
    }
    expect(loaded()).toEqual([])
  })

  test('needs no module loader in `process`, as on Bare', () => {
    install('noise-protocol', NOISE['3.0.2'], '3.0.2')
    vi.stubGlobal('process', { argv: process.argv, execPath: process.execPath })
    try {
      preflight([origin()])
      assertPreflight()
    } finally {
      vi.unstubAllGlobals()
    }
    expect(loaded()).toEqual([])
  })

  test('is not looked for where an origin is no place to resolve from', () => {
    expect(() => preflight(['relative/path', 'https://example.com/bundle.js', undefined])).not.toThrow()
  })
})

describe('noise-protocol 3.0.2', () => {
  beforeEach(() => install('noise-protocol', NOISE['3.0.2'], '3.0.2'))

  test('breaks hypercore-protocol', () => {
    expect(protocol().keyPair).toThrow('The "size" argument must be of type number')
  })

  test('works when the preflight comes first', () => {
    preflight([origin()])
    expect(protocol().keyPair().publicKey).toHaveLength(32)
    expect(protocol().handshake()).toBe('hash64')
    expect(assertPreflight).not.toThrow()
  })

  test('works when hypercore-protocol was loaded before, from anywhere', () => {
    const { keyPair, handshake } = protocol()
    preflight([])
    expect(keyPair().publicKey).toHaveLength(32)
    expect(handshake()).toBe('hash64')
  })

  test('works when hypercore-protocol was loaded from a path with backslashes, as on Windows', () => {
    const file = 'node_modules/C:\\simple-hypercore-protocol\\lib\\handshake.js'
    require.cache[join(project, file)] = new Module('handshake')
    preflight([])
    expect(require('noise-protocol/dh').PKLEN).toBe(32)
  })

  test('works when hypercore-protocol was loaded after the preflight, from anywhere', () => {
    preflight([])
    const { keyPair, handshake } = protocol()
    assertPreflight()
    expect(keyPair().publicKey).toHaveLength(32)
    expect(handshake()).toBe('hash64')
  })

  test.each(['simple-hypercore-protocol', 'simple-handshake'])('works when only %s got it', user => {
    install('noise-protocol', NOISE['3.0.1'])
    install(`${user}/node_modules/noise-protocol`, NOISE['3.0.2'], '3.0.2')
    preflight([origin()])
    expect(protocol().keyPair().publicKey).toHaveLength(32)
    expect(protocol().handshake()).toBe('hash64')
  })

  test('works below a @corestore/networker that has its own hypercore-protocol', () => {
    const own = '@corestore/networker/node_modules'
    for (const name of ['hypercore-protocol', 'simple-hypercore-protocol'] as const) {
      install(`${own}/${name}`, STACK[name])
      uninstall(name)
    }
    preflight([origin()])
    const networker: Protocol = require('@corestore/networker')
    expect(networker.handshake()).toBe('hash64')
  })

  test('stays a module of factories for those who know it as that', () => {
    preflight([origin()])
    expect(require('noise-protocol/dh')().PKLEN).toBe(32)
  })
})

describe('without origins, the stack of the script that Node runs', () => {
  const script = process.argv[1] ?? ''
  afterEach(() => {
    process.argv[1] = script
  })

  beforeEach(() => {
    install('noise-protocol', NOISE['3.0.2'], '3.0.2')
    writeFileSync(join(project, 'index.js'), '')
  })

  test('works, started by its path', () => {
    process.argv[1] = join(project, 'index.js')
    preflight()
    expect(protocol().handshake()).toBe('hash64')
  })

  test('works, started as the folder that it is in', () => {
    process.argv[1] = project
    preflight()
    expect(protocol().handshake()).toBe('hash64')
  })

  test('works, started as a command, which is a link to it', () => {
    const commands = realpathSync(mkdtempSync(join(tmpdir(), 'preflight-commands-')))
    try {
      process.argv[1] = join(commands, 'app')
      symlinkSync(join(project, 'index.js'), process.argv[1])
      preflight()
      expect(protocol().handshake()).toBe('hash64')
    } finally {
      rmSync(commands, { recursive: true })
    }
  })

  test('works, where its path is no file, as in a process that was given another name', () => {
    process.argv[1] = join(project, 'no such file')
    preflight()
    expect(protocol().handshake()).toBe('hash64')
  })
})

describe('two copies of sodium-native', () => {
  test('break the first handshake', () => {
    secondSodium('noise-protocol')
    expect(protocol().handshake).toThrow('segfault')
  })

  test.each(['noise-protocol', 'hypercore-crypto'])(
    'work when the second belongs to %s: each secret is freed once, where it was allocated',
    user => {
      const second = secondSodium(user)
      const first = firstSodium()
      preflight([origin()])
      expect(protocol().handshake()).toBe('hash64')
      const [allocating, other] = user === 'noise-protocol' ? [second, first] : [first, second]
      expect(allocating.freed).toBe(2)
      expect(other.freed).toBe(0)
    }
  )

  test('work when hypercore-protocol was loaded before', () => {
    const second = secondSodium('noise-protocol')
    const { handshake } = protocol()
    assertPreflight()
    expect(handshake()).toBe('hash64')
    expect(second.freed).toBe(2)
  })

  test('work together with noise-protocol 3.0.2', () => {
    install('noise-protocol', NOISE['3.0.2'], '3.0.2')
    secondSodium('noise-protocol')
    preflight([origin()])
    expect(protocol().handshake()).toBe('hash64')
  })

  test('are mended once', () => {
    secondSodium('noise-protocol')
    preflight([origin()])
    const { free } = require('hypercore-crypto')
    protocol()
    preflight([origin()])
    assertPreflight()
    expect(require('hypercore-crypto').free).toBe(free)
  })

  test('leave alone what others free through hypercore-crypto', () => {
    const second = secondSodium('noise-protocol')
    preflight([origin()])
    const first = firstSodium()
    const { free } = require('hypercore-crypto')
    free(first.sodium_malloc(32))
    free(Buffer.alloc(32))
    expect(first.freed).toBe(1)
    expect(() => free(second.sodium_malloc(32))).toThrow('segfault')
  })

  test('work where a second hypercore-protocol shares the hypercore-crypto', () => {
    const own = '@corestore/networker/node_modules'
    for (const name of ['hypercore-protocol', 'simple-hypercore-protocol', 'simple-handshake'] as const) {
      install(`${own}/${name}`, STACK[name])
    }
    install(`${own}/noise-protocol`, NOISE['3.0.2'], '3.0.2')
    const second = secondSodium(`${own}/noise-protocol`)
    preflight([origin()])
    const networker: Protocol = require('@corestore/networker')
    expect([protocol().handshake(), networker.handshake()]).toEqual(['hash64', 'hash64'])
    expect(second.freed).toBe(2)
    expect(firstSodium().freed).toBe(2)
  })

  test('do not matter to a handshake that ends without secrets', () => {
    secondSodium('noise-protocol')
    preflight([origin()])
    expect(protocol().refuse).not.toThrow()
  })
})

describe('a stack that cannot be mended', () => {
  const OVERRIDE = '"overrides": { "noise-protocol": "3.0.1" }'

  test('does not matter until it is loaded', () => {
    install('noise-protocol', NOISE['4.0.0'], '4.0.0')
    expect(() => preflight([origin()])).not.toThrow()
    expect(assertPreflight).not.toThrow()
  })

  test('is one error that names the version found and the fix', () => {
    install('noise-protocol', NOISE['4.0.0'], '4.0.0')
    preflight([origin()])
    protocol()
    expect(assertPreflight).toThrow(
      expect.objectContaining({
        code: 'ERR_INCOMPATIBLE_DEPENDENCY',
        message: expect.stringMatching(/noise-protocol 4\.0\.0/),
        cause: expect.any(TypeError)
      })
    )
    expect(assertPreflight).toThrow(OVERRIDE)
  })

  test('is the same error for two copies of sodium-native', () => {
    secondSodium('noise-protocol')
    install('hypercore-crypto', { 'index.js': 'module.exports = Object.freeze({ free () {} })' })
    protocol()
    preflight([origin()])
    expect(assertPreflight).toThrow('two copies of sodium-native')
    expect(assertPreflight).toThrow(OVERRIDE)
  })

  test('is said instead of half mended when simple-handshake is another one', () => {
    secondSodium('noise-protocol')
    install('simple-handshake', { 'index.js': `require('noise-protocol'); module.exports = class {}` })
    protocol()
    const { free } = require('hypercore-crypto')
    expect(assertPreflight).toThrow('two copies of sodium-native')
    expect(require('hypercore-crypto').free).toBe(free)
  })
})
