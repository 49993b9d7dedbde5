import own from '../package.json' with { type: 'json' }
import type { Plugin } from './plugin.js'

/** What a package is built and tested with: the ranges that this repository has. */
const TOOLS = {
  '@types/node': '^20.19.0',
  publint: '^0.3.25',
  tsup: '^8.5.0',
  tsx: '^4.20.0',
  typescript: '~5.9.3'
}

/** The `package.json` of the plugin. All packages of peersockets have one version. */
export function manifestOf({ kind, packageName, wireName }: Plugin): object {
  const peersockets = `^${own.version}`
  return {
    name: packageName,
    version: '0.1.0',
    description: `The ${kind} ${wireName} for peersockets`,
    license: 'MIT',
    type: 'module',
    sideEffects: false,
    engines: own.engines,
    exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
    files: ['dist'],
    // A scoped package is private unless it says otherwise.
    publishConfig: { access: 'public' },
    scripts: {
      build: 'tsup src/index.ts --format esm --dts --clean --target node20',
      types: 'tsc',
      test: 'node --import tsx --test src/index.test.ts',
      lint: 'publint --strict',
      prepack: 'npm run build',
      prepublishOnly: 'npm run types && npm test && npm run lint'
    },
    keywords: ['peersockets', `peersockets-${kind}`],
    peerDependencies: { peersockets },
    devDependencies: { '@peersockets/testing': peersockets, ...TOOLS, peersockets }
  }
}
