import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import {
  type FunctionError,
  loadTimedOutError,
  thrownError,
} from '../../core/function/function-error.ts'

/** A function of Lambda's Node programming model, in any of its three styles. @source aws-semantics §9.4 */
export type Handler = (event: unknown, context: unknown, callback: unknown) => unknown

export type LoadedHandler =
  | { readonly type: 'loaded'; readonly handler: Handler }
  | { readonly type: 'failed'; readonly error: FunctionError }

const HANDLER_PATTERN = /^([^.]*)\.(.*)$/

/** Nobody's file: what the handler itself is required from. */
const TASK_ROOT = 'millrace-task-root.cjs'
/** What Node adds where nothing but that required the missing module. */
const OWN_REQUIRE = new RegExp(`\\nRequire stack:\\n- [^\\n]*${TASK_ROOT}$`)

/** An error of loading that has a name of Lambda's own. */
class LoadError extends Error {
  override readonly name: string

  /** @param place `/code/a.mjs:2`, where the cause's own stack does not tell. */
  constructor(name: `Runtime.${string}`, cause: unknown, place = '') {
    super(String(cause).replace(OWN_REQUIRE, ''))
    this.name = name
    // Above the stack of a syntax error stands its file and line.
    if (cause instanceof Error) this.stack = `${name}: ${this.message}\n${place}\n${cause.stack}`
  }
}

/** Where code is looked for. */
type CodePlace = { readonly codeDirectory: string; readonly modulePath: string }

/**
 * Finds and loads a handler by Lambda's rules; the module runs in this thread. Never throws; a module whose top-level
 * await takes longer than `timeLimitMs` fails. @source aws-semantics §9.4
 * @param codeDirectory the task root, absolute.
 * @param handlerName `path/module.export`, the export possibly nested.
 */
export async function loadHandler(
  codeDirectory: string,
  handlerName: string,
  timeLimitMs: number,
): Promise<LoadedHandler> {
  let timer: NodeJS.Timeout | undefined
  const overdue = new Promise<LoadedHandler>((done) => {
    timer = setTimeout(
      () => done({ type: 'failed', error: loadTimedOutError(timeLimitMs) }),
      timeLimitMs,
    )
  })
  const loaded = resolveHandler(codeDirectory, handlerName).then(
    (handler): LoadedHandler => ({ type: 'loaded', handler }),
    (error: unknown): LoadedHandler => ({ type: 'failed', error: thrownError(error) }),
  )
  const first = await Promise.race([loaded, overdue])
  clearTimeout(timer)
  return first
}

async function resolveHandler(codeDirectory: string, handlerName: string): Promise<Handler> {
  if (handlerName.includes('..')) {
    throw new LoadError(
      'Runtime.MalformedHandlerName',
      `'${handlerName}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    )
  }
  const last = basename(handlerName)
  const match = HANDLER_PATTERN.exec(last)
  if (!match) throw new LoadError('Runtime.MalformedHandlerName', 'Bad handler')
  const [, moduleName = '', exportPath = ''] = match
  const folder = handlerName.slice(0, handlerName.indexOf(last))
  const place = { codeDirectory, modulePath: resolve(codeDirectory, folder, moduleName) }
  const loadedModule = await loadModule(place, moduleName)
  const found = exportPath
    .split('.')
    .reduce<unknown>((value, key) => value && (value as Record<string, unknown>)[key], loadedModule)
  if (!found) {
    throw new LoadError('Runtime.HandlerNotFound', `${handlerName} is undefined or not exported`)
  }
  if (typeof found !== 'function') {
    throw new LoadError('Runtime.HandlerNotFound', `${handlerName} is not a function`)
  }
  return found as Handler
}

async function loadModule(place: CodePlace, moduleName: string): Promise<unknown> {
  if (!existsSync(place.codeDirectory)) {
    const missing = `Error: Cannot find module '${moduleName}': there is no such folder`
    throw new LoadError('Runtime.ImportModuleError', missing)
  }
  try {
    return await requireOrImport(place, moduleName)
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new LoadError('Runtime.UserCodeSyntaxError', error, syntaxErrorPlace(place.modulePath))
    }
    if ((error as NodeJS.ErrnoException | undefined)?.code === 'MODULE_NOT_FOUND') {
      throw new LoadError('Runtime.ImportModuleError', error)
    }
    throw error
  }
}

/** An ES module's syntax error does not say where it is; what Node prints for the same file does. */
function syntaxErrorPlace(modulePath: string): string {
  const file = [`${modulePath}.js`, `${modulePath}.mjs`].find((path) => existsSync(path))
  if (file === undefined) return ''
  const { stderr } = spawnSync(process.execPath, ['--check', file], {
    encoding: 'utf8',
    env: {},
    timeout: 5000,
  })
  return /^\S.*:\d+$/m.exec(stderr)?.[0] ?? ''
}

/** The order is Lambda's: a falsy module counts as not there, as it does for Lambda's `||`. */
async function requireOrImport(place: CodePlace, moduleName: string): Promise<unknown> {
  const { codeDirectory, modulePath } = place
  const require = createRequire(join(codeDirectory, TASK_ROOT))
  const requireFile = (file: string): unknown => (existsSync(file) ? require(file) : undefined)
  const importFile = async (file: string): Promise<unknown> =>
    existsSync(file) ? import(pathToFileURL(file).href) : undefined

  const isModule = existsSync(`${modulePath}.js`) && isModuleFolder(dirname(modulePath))
  const found =
    requireFile(modulePath) ||
    (!isModule && requireFile(`${modulePath}.js`)) ||
    (isModule && (await importFile(`${modulePath}.js`))) ||
    (await importFile(`${modulePath}.mjs`)) ||
    requireFile(`${modulePath}.cjs`)
  if (found) return found
  return require(require.resolve(moduleName, { paths: [codeDirectory, dirname(modulePath)] }))
}

/** Whether the nearest package.json says `"type":"module"`; a node_modules folder ends the search. */
function isModuleFolder(folder: string): boolean {
  if (basename(folder) === 'node_modules') return false
  const file = join(folder, 'package.json')
  if (existsSync(file)) return packageType(file) === 'module'
  const parent = dirname(folder)
  return parent !== folder && isModuleFolder(parent)
}

/** An unreadable package.json says nothing about modules, as on Lambda; Node itself then reports it. */
function packageType(file: string): unknown {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { type?: unknown } | null)?.type
  } catch {
    return undefined
  }
}
