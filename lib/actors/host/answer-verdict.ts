import { unreachable } from '../../core/invariant.ts'
import { judgePartialResponse, type Verdict } from '../../core/lane/verdict.ts'
import { judgeWindowResponse } from '../../core/window/window-verdict.ts'
import type { Answer } from '../../ports/function-runtime.ts'

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
