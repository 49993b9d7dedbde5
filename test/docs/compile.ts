import { join } from 'node:path'
import ts from 'typescript'
import { ROOT } from './repository.js'

const HERE = join(ROOT, 'test/docs')

/**
 * What the compiler says of modules that stand in a document: one list for each, empty if it is right. They are compiled
 * with this repository's options, and import its packages as they were built.
 */
export function diagnose(modules: readonly string[]): string[][] {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.base.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT)
  const files = new Map(modules.map((code, at) => [join(HERE, `block-${at}.ts`), code]))
  const host = ts.createCompilerHost(options)
  const { readFile, fileExists } = host
  host.readFile = path => files.get(path) ?? readFile(path)
  host.fileExists = path => files.has(path) || fileExists(path)
  const program = ts.createProgram([...files.keys()], options, host)
  return [...files.keys()].map(path =>
    ts
      .getPreEmitDiagnostics(program, program.getSourceFile(path))
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
  )
}

/** The JavaScript of a module that stands in a document. */
export function transpile(module: string): string {
  return ts.transpileModule(module, {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 }
  }).outputText
}

/** Runs a module of a document that imports nothing but types and Node's own modules. */
export async function evaluate(module: string) {
  return import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(transpile(module))}`)
}
