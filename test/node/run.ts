import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

/** Majors besides the one that `npm test` runs on. */
const MAJORS = ['22', '24', '26']

/** `npm run test:node -- [major …] [-- arguments of npm test]`: runs all tests on other releases of Node, which npm installs. */
const [majors, testArguments] = split(process.argv.slice(2))
const folder = mkdtempSync(join(tmpdir(), 'peersockets-node-'))
const failed: string[] = []
try {
  for (const major of majors.length === 0 ? MAJORS : majors) {
    const bin = install(major)
    const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` }
    console.log(`\nOn Node ${execFileSync('node', ['--version'], { env, encoding: 'utf8' }).trim()}:\n`)
    const { status } = spawnSync('npm', ['test', ...testArguments], { env, stdio: 'inherit' })
    if (status !== 0) failed.push(major)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
if (failed.length > 0) {
  console.error(`Tests failed on Node ${failed.join(', ')}.`)
  process.exitCode = 1
}

function split(args: readonly string[]): readonly [readonly string[], readonly string[]] {
  const at = args.indexOf('--')
  return at < 0 ? [args, []] : [args.slice(0, at), args.slice(at)]
}

/** The folder of that Node. It comes in a package of its own for each platform, so nothing has to run to install it. */
function install(major: string): string {
  const project = join(folder, major)
  mkdirSync(project)
  writeFileSync(join(project, 'package.json'), '{ "private": true }')
  const platform = process.platform === 'win32' ? 'win' : process.platform
  const name = `node-${platform}-${process.arch}`
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', `${name}@${major}`], {
    cwd: project,
    stdio: 'inherit'
  })
  const bin = join(project, 'node_modules', name, 'bin')
  if (!existsSync(bin)) throw new Error(`${name}@${major} has no folder bin.`)
  return bin
}
