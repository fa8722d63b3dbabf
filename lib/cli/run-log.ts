import { printable } from '../core/printable.ts'
import type { Engine } from '../engine/engine.ts'
import type { InspectionEvent } from '../engine/inspection.ts'
import type { CommandContext } from './command-context.ts'
import { countText } from './print.ts'
import type { ProgressLine } from './progress-line.ts'

/** Lines of one kind; what follows is counted. */
const LINES_MAX = 20
/** Characters of a reason in a line. */
const REASON_LENGTH_MAX = 300

/** Events that are lines of the log. */
export type LoggedEvent = Exclude<
  InspectionEvent,
  {
    type:
      | 'shard-opened'
      | 'shard-finished'
      | 'batches-given-up'
      | 'mapping-changed'
      | 'mapping-failed'
  }
>

/** What each kind of line is called when it is counted. */
const NOUNS: Readonly<Record<LoggedEvent['type'], string>> = {
  'attempt-failed': 'failed attempt',
  'source-failed': 'failed read',
  'poller-failed': 'restarted shard',
  'records-trimmed': 'loss by retention',
  'redrive-failed': 'failed redrive',
  'invocation-dropped': 'dropped invocation',
  'delivery-failed': 'failed delivery',
  trimmed: 'trim',
  'trim-failed': 'failed trim',
  missed: 'gap in this log',
}

export function isLogged(event: InspectionEvent): event is LoggedEvent {
  return Object.hasOwn(NOUNS, event.type)
}

/** By UUID of the mapping, running or not. */
export function functionNamesOf(engine: Engine): ReadonlyMap<string, string> {
  return new Map(
    engine.mappings
      .list()
      .map(({ UUID, FunctionArn }) => [UUID, FunctionArn.replace(/^.*:function:/, '')]),
  )
}

/** The log of a run on stderr: one line for what goes wrong, the first {@link LINES_MAX} of each kind, then their number. */
export class RunLog {
  readonly #context: CommandContext
  readonly #progress: ProgressLine
  readonly #functionNames: ReadonlyMap<string, string>
  readonly #counts = new Map<LoggedEvent['type'], number>()

  constructor(engine: Engine, context: CommandContext, progress: ProgressLine) {
    this.#context = context
    this.#progress = progress
    this.#functionNames = functionNamesOf(engine)
  }

  tell(event: LoggedEvent): void {
    const count = (this.#counts.get(event.type) ?? 0) + 1
    this.#counts.set(event.type, count)
    if (count > LINES_MAX) return
    const { paint } = this.#context
    const line = printable(this.#textOf(event).slice(0, REASON_LENGTH_MAX))
    this.#progress.interrupt(`${paint.yellow(NOUNS[event.type])}: ${line}`)
    if (count === LINES_MAX)
      this.#progress.interrupt(
        paint.dim(`further lines of this kind (${NOUNS[event.type]}) are only counted`),
      )
  }

  /** Says how many lines were kept back. */
  end(): void {
    for (const [type, count] of this.#counts) {
      const more = count - LINES_MAX
      if (more > 0) this.#progress.interrupt(`and ${countText(more, `more ${NOUNS[type]}`)}`)
    }
  }

  #textOf(event: LoggedEvent): string {
    switch (event.type) {
      case 'attempt-failed': {
        const { errorType, errorMessage } = event.error
        return `${this.#place(event)}: ${errorType}: ${errorMessage}`
      }
      case 'source-failed':
        return `${this.#place(event)}: ${event.failure.type}: ${event.failure.reason}`
      case 'poller-failed':
        return `${this.#place(event)}: ${event.reason}`
      case 'records-trimmed':
        return `${this.#place(event)}: the oldest unread records were gone from the stream`
      case 'delivery-failed':
        return `${event.destination}: ${event.reason}`
      case 'redrive-failed':
        return `${event.task}: ${event.reason}`
      case 'invocation-dropped':
        return `${event.function}, ${event.requestId}: ${event.reason}`
      case 'trimmed':
        return `${countText(event.count, 'record')} of ${event.stream} older than 24 h`
      case 'trim-failed':
        return event.reason
      case 'missed':
        return countText(event.count, 'event')
    }
  }

  #place({ mapping, shardId }: { readonly mapping: string; readonly shardId: string }): string {
    return `${this.#functionNames.get(mapping) ?? mapping}, ${shardId}`
  }
}
