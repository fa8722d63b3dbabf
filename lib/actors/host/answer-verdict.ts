import { unreachable } from '../../core/invariant.ts'
import { judgePartialResponse, type Verdict } from '../../core/lane/verdict.ts'
import { judgeWindowResponse } from '../../core/window/window-verdict.ts'
import type { Answer } from '../../ports/function-runtime.ts'
import type { LaneProgress } from '../lane-memory/lane-block.ts'
import type { LaneFlight } from './lane-flight.ts'

const SUCCEEDED: Verdict = { type: 'succeeded' }

/** Of a batch that is never sent. @source aws-semantics §2 */
export const TOO_LARGE: Verdict = {
  type: 'failed',
  functionError: null,
  error: {
    errorType: 'RecordTooLarge',
    errorMessage: 'the record alone is larger than an event may be (6 MB)',
  },
}

/** Of a batch that there is no room for: no attempt is spent. @source aws-semantics §4.1 */
export const THROTTLED: Verdict = { type: 'not-run', reason: 'reserved concurrency' }

/** Whose invocations are counted. */
export type Counted = {
  readonly progress: LaneProgress
  readonly flight: Pick<LaneFlight, 'throttled'>
}

/** Counts an invocation of so many records that has ended. @source contract §6; aws-semantics §8 */
export function countEnded(
  { progress, flight }: Counted,
  verdict: Verdict,
  records: number,
  durationMs: number,
): void {
  if (verdict === THROTTLED) flight.throttled()
  if (verdict.type === 'not-run') return
  if (verdict.type === 'failed') progress.failed += records
  if (verdict.type === 'failed-from') progress.failed += records - verdict.index
  // What is never sent takes no time and is no error of the function.
  if (verdict === TOO_LARGE) return
  progress.invoked += records
  progress.durationMs += durationMs
  if (verdict.type === 'failed' && verdict.functionError !== null) progress.errors++
}

export type Judging = {
  /** `ReportBatchItemFailures` is on. */
  readonly partialResponses: boolean
  /** The batch is one of a tumbling window. */
  readonly inWindow: boolean
  /** Of the batch's records, in order. */
  sequenceNumbers(): readonly string[]
}

/** What an answer means for its batch. @source aws-semantics §4.1, §4.4, §5 */
export function answerVerdict(answer: Answer, judging: Judging): Verdict {
  switch (answer.type) {
    case 'returned':
      return judgeReturned(answer, judging)
    case 'function-error': {
      const { errorType, errorMessage } = answer.error
      return { type: 'failed', functionError: 'Unhandled', error: { errorType, errorMessage } }
    }
    case 'not-run':
      return { type: 'not-run', reason: answer.reason }
    default:
      return unreachable(answer)
  }
}

type Returned = Extract<Answer, { type: 'returned' }>

function judgeReturned({ value, state }: Returned, judging: Judging): Verdict {
  const { partialResponses, inWindow } = judging
  if (!partialResponses && !inWindow) return SUCCEEDED
  let identifiers: readonly string[] | undefined
  const find = (identifier: string) => {
    identifiers ??= judging.sequenceNumbers()
    return identifiers.indexOf(identifier)
  }
  if (inWindow) return judgeWindowResponse(value, state, partialResponses ? find : undefined)
  return judgePartialResponse(value, find)
}
