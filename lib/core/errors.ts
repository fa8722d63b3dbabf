/**
 * The error catalogue. `{slot}` in a message or remedy is filled from the error's facts.
 * Codes are stable within a major version and never reused.
 */
export const ERROR_CATALOGUE = {
  MILLRACE_SETTING_INVALID: {
    message: '{setting} must be {expected}, got {actual}{origin}',
    remedy: 'Correct {setting}.',
  },
  MILLRACE_SETTING_UNKNOWN: {
    message: 'unknown key {setting}{origin}; allowed here: {allowed}{suggestion}',
    remedy: 'Remove or correct {setting}.',
  },
  MILLRACE_SETTING_REFUSED: {
    message: '{setting}{origin}: {reason}',
    remedy: 'Change {setting} as the message says.',
  },
  MILLRACE_CONFIG_UNREADABLE: {
    message: 'cannot read the configuration {file}: {reason}',
    remedy: 'Give the path of a readable millrace.yaml or .json with --config.',
  },
  MILLRACE_CONFIG_MALFORMED: {
    message: '{file}:{line}:{column}: {reason}',
    remedy: 'Correct the file at that line.',
  },
  MILLRACE_MAPPING_REFUSED: {
    message: '{mapping}{origin}: {reason}',
    remedy: 'Change the mapping as the message says.',
  },
  MILLRACE_RECORD_INVALID: {
    message: 'record {number}: {reason}',
    remedy: 'Correct the record; nothing of its batch was stored.',
  },
  MILLRACE_LINE_REFUSED: {
    message: 'line {line}: {reason}; stored before it: {stored}, and nothing from {last} on',
    remedy: 'Correct the line, and put again what begins at {last}.',
  },
  MILLRACE_INPUT_UNREADABLE: {
    message: 'cannot read {file}: {reason}',
    remedy: 'Give the path of a readable file, or - for standard input.',
  },
  MILLRACE_STREAM_UNKNOWN: {
    message: 'no embedded stream {stream}; there are: {known}',
    remedy: 'Declare the stream in the configuration, or correct the name.',
  },
  MILLRACE_STREAM_CONFLICT: {
    message: 'the stream {stream} exists with another {setting}: {actual}, not {expected}',
    remedy: 'Use the existing settings, or another stream name or data directory.',
  },
  MILLRACE_SHARD_UNKNOWN: {
    message: 'no shard {shard} in the stream {stream}',
    remedy: 'Use one of the shard ids that the stream lists.',
  },
  MILLRACE_SHARD_REFUSED: {
    message: 'cannot close the shard {shard} of the stream {stream}: {reason}',
    remedy: 'Choose another shard.',
  },
  MILLRACE_SOURCE_UNREACHABLE: {
    message: 'cannot reach {endpoint}: {reason}',
    remedy: 'Start the server, or correct the endpoint.',
  },
  MILLRACE_SOURCE_REFUSED: {
    message: '{operation} was refused by {endpoint}: {reason}',
    remedy: 'Correct the name, the region or the credentials.',
  },
  MILLRACE_HANDLER_UNLOADABLE: {
    message: 'function {function}: {errorType}: {reason}',
    remedy: 'Correct CodeUri, Handler or the code itself; nothing was read for it.',
  },
  MILLRACE_FUNCTION_UNKNOWN: {
    message: 'no function {function}; there are: {known}',
    remedy: 'Declare the function, or correct the name.',
  },
  MILLRACE_MAPPING_UNKNOWN: {
    message: 'no mapping {mapping}; there are: {known}',
    remedy: 'Use one of the UUIDs listed.',
  },
  MILLRACE_FAILED_BATCH_UNKNOWN: {
    message: 'no failed batch {id} in {directory}',
    remedy:
      'Use one of the ids of millrace failed list; the oldest are purged when the store is full.',
  },
  MILLRACE_REDRIVE_REFUSED: {
    message: 'cannot redrive batches of the mapping {mapping}: {reason}',
    remedy: 'Finish the redrive with --resume, end it with --cancel, or correct the selection.',
  },
  MILLRACE_REDRIVE_UNKNOWN: {
    message: 'no redrive {id} that has not ended; there are: {known}',
    remedy: 'Use one of the ids that millrace failed list shows.',
  },
  MILLRACE_POSITION_REFUSED: {
    message: 'cannot change positions of {what}: {reason}',
    remedy: 'Correct the command as the message says; nothing was changed.',
  },
  MILLRACE_DATA_IN_USE: {
    message: 'the data directory {directory} is in use by process {pid}',
    remedy: 'Stop that process, or use another directory with --data.',
  },
  MILLRACE_DATA_LOST_OWNERSHIP: {
    message: 'another process took over the data directory {directory}',
    remedy: 'Run one engine per data directory.',
  },
  MILLRACE_DATA_VERSION: {
    message: 'the data directory {directory} has format {actual}; this version reads {expected}',
    remedy: 'Use the version of Millrace that wrote it, or another directory.',
  },
  MILLRACE_DATA_DAMAGED: {
    message: 'damaged data in {directory}: {reason}',
    remedy: 'Restore a backup, or start with an empty directory.',
  },
  MILLRACE_DATA_UNWRITABLE: {
    message: 'cannot write to {directory}: {reason}',
    remedy: 'Free space or correct the permissions; what was acknowledged is kept.',
  },
  MILLRACE_DATA_ABSENT: {
    message: 'there is no data of Millrace in {directory}',
    remedy: 'Give the directory of an engine that has run with --data.',
  },
  MILLRACE_STALLED: {
    message: 'nothing settled for {seconds} s; {causes}',
    remedy: 'Mend the handler, or set MaximumRetryAttempts or MaximumRecordAgeInSeconds.',
  },
  MILLRACE_RUN_FAILED: {
    message: '{what} cannot go on: {reason}',
    remedy: 'See the reason above; what is settled is kept, and the next start goes on behind it.',
  },
  MILLRACE_ABORTED: {
    message: '{operation} was aborted: {reason}',
    remedy: 'Call again when the engine runs.',
  },
  MILLRACE_STATE: {
    message: 'cannot {operation}: the engine is {state}',
    remedy: 'Call start() first, and nothing after stop().',
  },
} as const

export type ErrorCode = keyof typeof ERROR_CATALOGUE

type Slots<Text extends string> = Text extends `${string}{${infer Slot}}${infer Rest}`
  ? Slot | Slots<Rest>
  : never

/** The facts that an error of this code must carry: one for each slot of its texts. */
export type ErrorFacts<Code extends ErrorCode> = {
  readonly [Slot in Slots<
    (typeof ERROR_CATALOGUE)[Code]['message'] | (typeof ERROR_CATALOGUE)[Code]['remedy']
  >]: string | number
}

function fill(text: string, facts: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (_, slot: string) => String(facts[slot] ?? ''))
}

/** An error that an operator can act on: a stable `code`, the `facts`, and a `remedy`. */
export class MillraceError extends Error {
  override readonly name: string = 'MillraceError'
  readonly code: ErrorCode
  readonly facts: Readonly<Record<string, string | number>>
  readonly remedy: string

  private constructor(
    code: ErrorCode,
    facts: Readonly<Record<string, string | number>>,
    cause?: unknown,
  ) {
    super(fill(ERROR_CATALOGUE[code].message, facts), cause === undefined ? {} : { cause })
    this.code = code
    this.facts = facts
    this.remedy = fill(ERROR_CATALOGUE[code].remedy, facts)
  }

  static of<Code extends ErrorCode>(
    code: Code,
    facts: ErrorFacts<Code>,
    cause?: unknown,
  ): MillraceError {
    return new MillraceError(code, facts, cause)
  }
}
