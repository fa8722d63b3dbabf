type CatalogueEntry = {
  /** When it comes, for docs/reference/errors.md. */
  readonly when: string
  readonly message: string
  readonly remedy: string
}

/**
 * The error catalogue. `{slot}` in a message or remedy is filled from the error's facts.
 * Codes are stable within a major version and never reused. `npm run docs:errors` writes the page of it.
 */
export const ERROR_CATALOGUE = {
  MILLRACE_SETTING_INVALID: {
    when: 'A value breaks the rule of its setting: in the configuration, the options of the library, a flag or the environment. The message says where.',
    message: '{setting} must be {expected}, got {actual}{origin}',
    remedy: 'Correct {setting}.',
  },
  MILLRACE_SETTING_UNKNOWN: {
    when: 'The configuration or the options hold a key that does not exist at that place. None is ignored.',
    message: 'unknown key {setting}{origin}; allowed here: {allowed}{suggestion}',
    remedy: 'Remove or correct {setting}.',
  },
  MILLRACE_SETTING_REFUSED: {
    when: 'A setting exists, but not in this version, or not together with the others.',
    message: '{setting}{origin}: {reason}',
    remedy: 'Change {setting} as the message says.',
  },
  MILLRACE_CONFIG_UNREADABLE: {
    when: 'The configuration file is absent, or cannot be read.',
    message: 'cannot read the configuration {file}: {reason}',
    remedy: 'Give the path of a readable millrace.yaml or .json with --config.',
  },
  MILLRACE_CONFIG_MALFORMED: {
    when: 'The configuration file is no YAML, no JSON, or no object.',
    message: '{file}:{line}:{column}: {reason}',
    remedy: 'Correct the file at that line.',
  },
  MILLRACE_MAPPING_REFUSED: {
    when: "Lambda would refuse the mapping too, or it names a stream or a function that is not declared. The reason is in the API's words.",
    message: '{mapping}{origin}: {reason}',
    remedy: 'Change the mapping as the message says.',
  },
  MILLRACE_RECORD_INVALID: {
    when: 'A record of a put is no change record of DynamoDB, or too large. Records of a put are counted from 1.',
    message: 'record {number}: {reason}',
    remedy: 'Correct the record; nothing of its batch was stored.',
  },
  MILLRACE_LINE_REFUSED: {
    when: 'millrace put met a line that is no record. Lines before it may be stored already.',
    message: 'line {line}: {reason}; stored before it: {stored}, and nothing from {last} on',
    remedy: 'Correct the line, and put again what begins at {last}.',
  },
  MILLRACE_INPUT_UNREADABLE: {
    when: 'A command cannot read the file that it was given.',
    message: 'cannot read {file}: {reason}',
    remedy: 'Give the path of a readable file, or - for standard input.',
  },
  MILLRACE_STREAM_UNKNOWN: {
    when: 'No embedded stream has this name.',
    message: 'no embedded stream {stream}; there are: {known}',
    remedy: 'Declare the stream in the configuration, or correct the name.',
  },
  MILLRACE_STREAM_CONFLICT: {
    when: 'The data directory holds the stream with other settings than the configuration declares.',
    message: 'the stream {stream} exists with another {setting}: {actual}, not {expected}',
    remedy: 'Use the existing settings, or another stream name or data directory.',
  },
  MILLRACE_SHARD_UNKNOWN: {
    when: 'The stream has no shard of this id.',
    message: 'no shard {shard} in the stream {stream}',
    remedy: 'Use one of the shard ids that the stream lists.',
  },
  MILLRACE_SHARD_REFUSED: {
    when: 'A shard of an embedded stream cannot be closed or split: it is closed already, or the stream has as many shards as it may have.',
    message: 'cannot close the shard {shard} of the stream {stream}: {reason}',
    remedy: 'Choose another shard.',
  },
  MILLRACE_STREAM_CLOSED: {
    when: 'Records are put into an embedded stream that was closed.',
    message: 'the stream {stream} is closed: it takes no more records',
    remedy: 'Put into another stream; what is in this one stays readable for 24 hours.',
  },
  MILLRACE_SOURCE_UNREACHABLE: {
    when: 'No answer from the server of a stream: wrong endpoint, server not running, no network. millrace run gives up after a while.',
    message: 'cannot reach {endpoint}: {reason}',
    remedy: 'Start the server, or correct the endpoint.',
  },
  MILLRACE_SOURCE_REFUSED: {
    when: 'The server of a stream answers, and refuses: the table or stream does not exist, or the credentials do not hold.',
    message: '{operation} was refused by {endpoint}: {reason}',
    remedy: 'Correct the name, the region or the credentials.',
  },
  MILLRACE_HANDLER_UNLOADABLE: {
    when: "A function's module cannot be loaded, or exports no handler. Functions are loaded before anything is read.",
    message: 'function {function}: {errorType}: {reason}',
    remedy: 'Correct CodeUri, Handler or the code itself; nothing was read for it.',
  },
  MILLRACE_FUNCTION_UNKNOWN: {
    when: 'A name that no declared function has.',
    message: 'no function {function}; there are: {known}',
    remedy: 'Declare the function, or correct the name.',
  },
  MILLRACE_MAPPING_UNKNOWN: {
    when: 'No mapping has this UUID.',
    message: 'no mapping {mapping}; there are: {known}',
    remedy: 'Use one of the UUIDs listed.',
  },
  MILLRACE_FAILED_BATCH_UNKNOWN: {
    when: 'The store of failed batches has no entry of this id, or has it no more.',
    message: 'no failed batch {id} in {directory}',
    remedy:
      'Use one of the ids of millrace failed list; the oldest are purged when the store is full.',
  },
  MILLRACE_REDRIVE_REFUSED: {
    when: 'Failed batches of a mapping are to be redriven, while another redrive of it has not ended, or together with those of another mapping.',
    message: 'cannot redrive batches of the mapping {mapping}: {reason}',
    remedy: 'Finish the redrive with --resume, end it with --cancel, or correct the selection.',
  },
  MILLRACE_REDRIVE_UNKNOWN: {
    when: 'A redrive is to be cancelled that has ended, or never was.',
    message: 'no redrive {id} that has not ended; there are: {known}',
    remedy: 'Use one of the ids that millrace failed list shows.',
  },
  MILLRACE_POSITION_REFUSED: {
    when: 'A position is to be set, reset or imported that the stream does not have, or of a mapping that runs.',
    message: 'cannot change positions of {what}: {reason}',
    remedy: 'Correct the command as the message says; nothing was changed.',
  },
  MILLRACE_DATA_IN_USE: {
    when: 'Another engine writes to the data directory. Commands that only read are not refused.',
    message: 'the data directory {directory} is in use by process {pid}',
    remedy: 'Stop that process, or use another directory with --data.',
  },
  MILLRACE_DATA_LOST_OWNERSHIP: {
    when: 'Another engine took the data directory over while this one ran. This one reads no further: both would deliver the same records.',
    message: 'another process took over the data directory {directory}',
    remedy: 'Run one engine per data directory.',
  },
  MILLRACE_DATA_VERSION: {
    when: 'The data directory was written by a version of Millrace with another format.',
    message: 'the data directory {directory} has format {actual}; this version reads {expected}',
    remedy: 'Use the version of Millrace that wrote it, or another directory.',
  },
  MILLRACE_DATA_DAMAGED: {
    when: 'A file of the data directory is not what was written: its pages or a checksum do not agree.',
    message: 'damaged data in {directory}: {reason}',
    remedy: 'Restore a backup, or start with an empty directory.',
  },
  MILLRACE_DATA_UNWRITABLE: {
    when: 'The disk is full, or the process may not write there.',
    message: 'cannot write to {directory}: {reason}',
    remedy: 'Free space or correct the permissions; what was acknowledged is kept.',
  },
  MILLRACE_DATA_ABSENT: {
    when: 'A command that reads state found none: no engine has run with this directory.',
    message: 'there is no data of Millrace in {directory}',
    remedy: 'Give the directory of an engine that has run with --data.',
  },
  MILLRACE_STALLED: {
    when: 'millrace run gave up: every lane waits for a retry, and nothing was settled for --stall-timeout.',
    message: 'nothing settled for {seconds} s; {causes}',
    remedy: 'Mend the handler, or set MaximumRetryAttempts or MaximumRecordAgeInSeconds.',
  },
  MILLRACE_RUN_FAILED: {
    when: 'millrace run cannot go on with a mapping, which has failed again and again.',
    message: '{what} cannot go on: {reason}',
    remedy: 'See the reason above; what is settled is kept, and the next start goes on behind it.',
  },
  MILLRACE_ABORTED: {
    when: 'What was waited for will not come: the engine stops, a mapping has failed, or the signal given was aborted.',
    message: '{operation} was aborted: {reason}',
    remedy: 'Call again when the engine runs.',
  },
  MILLRACE_STATE: {
    when: 'A call at the wrong time: before start() or after stop().',
    message: 'cannot {operation}: the engine is {state}',
    remedy: 'Call start() first, and nothing after stop().',
  },
} as const satisfies Readonly<Record<`MILLRACE_${string}`, CatalogueEntry>>

/** What an error is, for programs: stable within a major version. Each has a heading in docs/reference/errors.md. */
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
  /** What the message was made of, by the names of its slots. */
  readonly facts: Readonly<Record<string, string | number>>
  /** What to do, in a sentence. */
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

  /** @internal */
  static of<Code extends ErrorCode>(
    code: Code,
    facts: ErrorFacts<Code>,
    cause?: unknown,
  ): MillraceError {
    return new MillraceError(code, facts, cause)
  }
}
