import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MillraceError } from '../core/errors.ts'
import type { FunctionError } from '../core/function/function-error.ts'
import type { FunctionSettings } from '../core/mapping/settings.ts'

/** `at handler (file:///code/a.mjs:1:7)`, or, above a syntax error, `/code/a.mjs:2`. */
const PLACE = /^(?: +at (?:.*\()?)?((?:file:\/\/)?\/.+?):(\d+)(?::\d+)?\)?$/

/**
 * What is said of a function that cannot be loaded (D34): its error, where its code was looked for, and the line of
 * that code where the error was made.
 */
export function unloadable(
  name: string,
  settings: FunctionSettings | undefined,
  error: FunctionError | Error,
): MillraceError {
  const isOurs = 'errorType' in error
  const errorType = isOurs ? error.errorType : error.name
  const text = isOurs ? error.errorMessage : error.message
  const trace = isOurs ? error.trace : error.stack?.split('\n')
  const place = settings?.type === 'module' ? placeOf(settings, trace ?? []) : ''
  const facts = { function: name, errorType, reason: `${text}${place}` }
  return MillraceError.of('MILLRACE_HANDLER_UNLOADABLE', facts, error)
}

function placeOf(
  { codeDirectory, handler }: { readonly codeDirectory: string; readonly handler: string },
  trace: readonly string[],
): string {
  for (const line of trace) {
    const [, path, number] = PLACE.exec(line) ?? []
    if (path === undefined) continue
    const file = relative(codeDirectory, path.startsWith('file:') ? fileURLToPath(path) : path)
    if (!file.startsWith('..')) return ` (${handler} in ${codeDirectory}, at ${file}:${number})`
  }
  return ` (${handler} in ${codeDirectory})`
}
