/** An invocation, as its log begins and ends. */
export type LoggedInvocation = {
  readonly requestId: string
  readonly version: string
  /** What it printed: whole lines. */
  readonly lines: string
  readonly durationMs: number
  readonly memorySizeMegabytes: number
}

/**
 * The log of an invocation in the frame that Lambda puts round it. How much memory it used cannot be told in a thread.
 * @source Lambda API as observed: Invoke with LogType Tail
 */
export function invocationLog(invocation: LoggedInvocation): string {
  const { requestId, version, lines, durationMs, memorySizeMegabytes } = invocation
  const report = [
    `REPORT RequestId: ${requestId}`,
    `Duration: ${durationMs.toFixed(2)} ms`,
    `Billed Duration: ${Math.ceil(durationMs)} ms`,
    `Memory Size: ${memorySizeMegabytes} MB`,
  ].join('\t')
  const start = `START RequestId: ${requestId} Version: ${version}\n`
  return `${start}${lines}END RequestId: ${requestId}\n${report}\t\n`
}
