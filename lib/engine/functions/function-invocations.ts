import type { TaskEnd } from '../../actors/protocol.ts'
import {
  type FunctionTarget,
  functionArnOf,
  functionNotFound,
  functionTarget,
} from '../../core/function/function-target.ts'
import { invocationLog } from '../../core/function/log-tail.ts'
import type { ResolvedFunction } from '../../core/function/resolve-function.ts'
import {
  EVENT_INVOKE_BYTES_MAX,
  INVOKE_BYTES_MAX,
  LOG_TAIL_BYTES_MAX,
  MEMORY_MEGABYTES_MIN,
} from '../../core/limits.ts'
import { ApiError } from '../../core/mapping/api-error.ts'
import type { EngineFunctions } from '../engine-functions.ts'
import type { CallCounts } from '../measuring/call-counts.ts'
import type { EventInvocations } from './event-invocations.ts'
import type { FunctionResolution } from './function-resolution.ts'
import type { KnownFunctions } from './known-functions.ts'

/** What is called, and how. @source Lambda API reference, Invoke */
export type InvokeRequest = {
  /** In any form of AWS's. */
  readonly functionName: string
  readonly qualifier?: string
  /** The event as JSON; `{}` where none is given. */
  readonly payload?: Uint8Array | string
  /** `RequestResponse` waits for the answer, `Event` does not, `DryRun` only checks. */
  readonly type?: 'RequestResponse' | 'Event' | 'DryRun'
  /** `Tail`: the last of what it printed comes with the answer. */
  readonly logType?: 'None' | 'Tail'
  /** What the handler sees as `awsRequestId`. */
  readonly requestId?: string
}

/** How it ended, or that it was accepted. */
export type InvocationResult =
  | {
      readonly StatusCode: 200
      /** What ran: `$LATEST`, or the number of a version. */
      readonly ExecutedVersion: string
      /** Present where the function failed: its error is the payload then. */
      readonly FunctionError?: 'Unhandled'
      /** Base64 of the last 4 KB. */
      readonly LogResult?: string
      /** JSON. */
      readonly Payload: string
    }
  | { readonly StatusCode: 202 | 204 }

export type InvocationsParts = {
  readonly known: KnownFunctions
  readonly functions: EngineFunctions
  readonly resolution: FunctionResolution
  readonly events: EventInvocations
  readonly calls: CallCounts
  readonly freshId: () => string
  /** Throws unless the engine runs. */
  readonly expectRunning: (operation: string) => void
}

/** Calls of functions that are of no mapping. They share threads, limits and code with those of mappings. */
export class FunctionInvocations {
  readonly #parts: InvocationsParts

  constructor(parts: InvocationsParts) {
    this.#parts = parts
  }

  /** @throws ApiError */
  async invoke(request: InvokeRequest): Promise<InvocationResult> {
    const { known, freshId, events, expectRunning } = this.#parts
    const { type = 'RequestResponse', payload = '', requestId = freshId() } = request
    expectRunning('invoke a function')
    const json = jsonOf(payload, type === 'Event' ? EVENT_INVOKE_BYTES_MAX : INVOKE_BYTES_MAX)
    const target = functionTarget(request.functionName, request.qualifier, known.home)
    const resolved = this.#resolve(target)
    if (type === 'DryRun') return { StatusCode: 204 }
    if (type === 'Event') {
      events.add({ target, requestId, payload: json })
      return { StatusCode: 202 }
    }
    const wantsLog = request.logType === 'Tail'
    const end = await this.call(resolved, { target, requestId, payload: json, wantsLog })
    if (end === 'throttled') throw throttled('Rate Exceeded.')
    return resultOf(end, { resolved, requestId, wantsLog })
  }

  /** One attempt with what a target means now. @returns undefined where it is gone. */
  async attempt(call: Omit<Call, 'wantsLog'>): Promise<TaskEnd | 'throttled' | undefined> {
    const resolved = this.#maybe(call.target)
    return resolved && this.call(resolved, { ...call, wantsLog: false })
  }

  /** A function that cannot be loaded fails as one that throws does. */
  call(resolved: ResolvedFunction, call: Call): Promise<TaskEnd | 'throttled'> {
    return this.#parts.calls.count(resolved.name, () => this.#call(resolved, call))
  }

  async #call(resolved: ResolvedFunction, call: Call): Promise<TaskEnd | 'throttled'> {
    const { target, ...task } = call
    const pool = this.#parts.functions.pool(resolved)
    const error = await pool.load()
    if (error) {
      const { errorType, errorMessage, trace } =
        'errorType' in error
          ? error
          : { errorType: error.name, errorMessage: error.message, trace: [] }
      const failed = { errorType, errorMessage, ...(trace ? { trace } : {}) }
      return { answer: { type: 'function-error', error: failed }, durationMs: 0 }
    }
    const functionArn = functionArnOf(this.#parts.known.home, target)
    return pool.invoke({ ...task, functionArn })
  }

  #maybe({ name, qualifier }: FunctionTarget): ResolvedFunction | undefined {
    const qualified = qualifier === undefined ? {} : { functionQualifier: qualifier }
    return this.#parts.resolution.maybe({ functionName: name, ...qualified })
  }

  #resolve(target: FunctionTarget): ResolvedFunction {
    const resolved = this.#maybe(target)
    if (resolved) return resolved
    throw functionNotFound(this.#parts.known.home, target)
  }
}

/** One call. */
export type Call = {
  readonly target: FunctionTarget
  readonly requestId: string
  readonly payload: string
  readonly wantsLog: boolean
}

/** There is no room for it. @source aws-semantics §1.1 */
export function throttled(message: string): ApiError {
  return new ApiError('TooManyRequestsException', message, [], {
    reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
  })
}

/** @throws ApiError RequestTooLargeException, InvalidRequestContentException @source aws-semantics §1.1 */
function jsonOf(payload: Uint8Array | string, bytesMax: number): string {
  if (Buffer.byteLength(payload) > bytesMax) {
    const message = `Request must be smaller than ${bytesMax} bytes for the InvokeFunction operation`
    throw new ApiError('RequestTooLargeException', message)
  }
  try {
    const text =
      typeof payload === 'string'
        ? payload
        : new TextDecoder('utf-8', { fatal: true }).decode(payload)
    if (text === '') return '{}'
    JSON.parse(text)
    return text
  } catch (error) {
    const reason = error instanceof TypeError ? 'it is not UTF-8' : (error as Error).message
    throw new ApiError(
      'InvalidRequestContentException',
      `Could not parse request body into json: Could not parse payload into json: ${reason}`,
    )
  }
}

function resultOf(
  { answer, durationMs, log = '' }: TaskEnd,
  facts: {
    readonly resolved: ResolvedFunction
    readonly requestId: string
    readonly wantsLog: boolean
  },
): InvocationResult {
  if (answer.type === 'not-run') throw new ApiError('ServiceException', answer.reason)
  const { resolved, requestId, wantsLog } = facts
  const { settings, version } = resolved
  const memorySizeMegabytes =
    settings.type === 'module' ? settings.memorySizeMegabytes : MEMORY_MEGABYTES_MIN
  const text = invocationLog({ requestId, version, lines: log, durationMs, memorySizeMegabytes })
  const tail = Buffer.from(text).subarray(-LOG_TAIL_BYTES_MAX).toString('base64')
  return {
    StatusCode: 200,
    ExecutedVersion: version,
    ...(answer.type === 'function-error' ? { FunctionError: 'Unhandled' } : {}),
    ...(wantsLog ? { LogResult: tail } : {}),
    Payload: answer.type === 'returned' ? answer.json : JSON.stringify(answer.error),
  }
}
