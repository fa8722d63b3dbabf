/** What a pool thread loads in place of a user's function: it loads that by Lambda's rules, and puts a log around it. */
import type { FunctionError } from '../../lib/core/function/function-error.ts'
import { LOAD_MS_MAX } from '../../lib/core/function/load-task.ts'
import { loadHandler } from '../../lib/functions/worker/load-handler.ts'
import { HandlerLog } from '../audit/handler-log.ts'
import { recordNumberOf, toldFunction } from '../trial/wrapped-function.ts'
import { type AnyHandler, wrapHandler } from './wrap-handler.ts'

const told = toldFunction()
// As it would find it without us; LAMBDA_TASK_ROOT is its own.
process.env['_HANDLER'] = told.handler
const loaded = await loadHandler(told.codeDirectory, told.handler, LOAD_MS_MAX)
if (loaded.type === 'failed') throw asThrown(loaded.error)

const { handler: wrapped, failRunning } = wrapHandler(loaded.handler as AnyHandler, {
  log: HandlerLog.current(),
  rules: told.rules,
  numberOf: (eventId, sequenceNumber) => recordNumberOf(told, eventId, sequenceNumber),
})
process.on('uncaughtException', failRunning)
process.on('unhandledRejection', failRunning)

export const handler = wrapped

/** As it was thrown where the module was loaded. */
function asThrown({ errorType, errorMessage, trace }: FunctionError): Error {
  const error = new Error(errorMessage)
  error.name = errorType
  if (trace) error.stack = trace.join('\n')
  return error
}
