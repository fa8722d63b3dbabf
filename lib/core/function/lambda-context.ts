// hot path: one object for each invocation.

/** Who a function is, as its handler sees it. @source aws-semantics §9.4 */
export type FunctionIdentity = {
  readonly functionName: string
  readonly functionArn: string
  readonly version: string
  readonly logStreamName: string
}

/** What a context needs of the invocation that it belongs to. */
export interface InvocationHandle {
  readonly requestId: string
  /** As it was called, where that is not its own. */
  readonly functionArn?: string | undefined
  /** Until the function's time is up, rounded down; negative afterwards. */
  remainingMs(): number
  /** The first call decides; later ones do nothing. */
  answerNow(error: unknown, value: unknown): void
}

/** The group that Lambda would log to; the `logGroupName` of the context and of the environment. */
export function logGroupName(identity: FunctionIdentity): string {
  return `/aws/lambda/${identity.functionName}`
}

/**
 * The context object of Lambda's Node runtime. Its functions are members of its own, not of a class, since handlers
 * take them apart (`const { getRemainingTimeInMillis } = context`) and copy it. @source aws-semantics §9.4
 */
export class LambdaContext {
  /** Holds back what is given to the callback until nothing keeps the event loop alive. */
  callbackWaitsForEmptyEventLoop = true
  readonly functionVersion: string
  readonly functionName: string
  readonly memoryLimitInMB: string
  readonly logGroupName: string
  readonly logStreamName: string
  readonly clientContext = undefined
  readonly identity = undefined
  readonly invokedFunctionArn: string
  readonly awsRequestId: string
  readonly tenantId = undefined
  readonly getRemainingTimeInMillis: () => number
  readonly done: (error?: unknown, value?: unknown) => void
  readonly succeed: (value?: unknown) => void
  readonly fail: (error?: unknown) => void

  constructor(fixed: ContextConstants, invocation: InvocationHandle) {
    this.functionVersion = fixed.functionVersion
    this.functionName = fixed.functionName
    this.memoryLimitInMB = fixed.memoryLimitInMB
    this.logGroupName = fixed.logGroupName
    this.logStreamName = fixed.logStreamName
    this.invokedFunctionArn = invocation.functionArn ?? fixed.invokedFunctionArn
    this.awsRequestId = invocation.requestId
    this.getRemainingTimeInMillis = () => invocation.remainingMs()
    this.done = (error, value) => invocation.answerNow(error, value)
    this.succeed = (value) => invocation.answerNow(undefined, value)
    this.fail = (error) => invocation.answerNow(error ?? 'handled', undefined)
  }
}

/** The members of a context that are the same for each invocation. */
export type ContextConstants = Pick<
  LambdaContext,
  | 'functionVersion'
  | 'functionName'
  | 'memoryLimitInMB'
  | 'logGroupName'
  | 'logStreamName'
  | 'invokedFunctionArn'
>

/** @param memorySizeMegabytes `MemorySize`; the context gives it as text. */
export function contextConstants(
  identity: FunctionIdentity,
  memorySizeMegabytes: number,
): ContextConstants {
  return {
    functionVersion: identity.version,
    functionName: identity.functionName,
    memoryLimitInMB: String(memorySizeMegabytes),
    logGroupName: logGroupName(identity),
    logStreamName: identity.logStreamName,
    invokedFunctionArn: identity.functionArn,
  }
}
