import { compareSequenceNumbers, type EpochMs, type SequenceNumber } from '../ids.ts'
import { invariant, unreachable } from '../invariant.ts'
import type { ReadFailure, ServiceFault } from './fault.ts'
import { judgeFault } from './fault.ts'

/** What an iterator is asked for. @source aws-semantics §6.3 */
export type IteratorFrom =
  | { readonly type: 'trim-horizon' }
  | { readonly type: 'latest' }
  | { readonly type: 'after'; readonly sequenceNumber: SequenceNumber }

/** How a reader begins: the port's `ReadStart`. */
export type IteratorStart =
  | IteratorFrom
  | { readonly type: 'stamped-since'; readonly time: EpochMs }

/** Where reading stands. */
export type Position = {
  /** What the next iterator is asked for. */
  readonly from: IteratorFrom
  /** Greatest sequence number seen; a server that repeats a page does not make us deliver it twice. */
  readonly lastRead?: SequenceNumber
  /** D21: leading records stamped before are skipped; gone with the first record that is not. */
  readonly skipBefore?: number
  /** What was mended since the last answered page: the same trouble again is a failure, so that nothing spins. */
  readonly mended?: 'expired' | 'trimmed'
}

export type IteratorState =
  | { readonly state: 'without-iterator'; readonly position: Position }
  | { readonly state: 'reading'; readonly position: Position; readonly iterator: string }
  | { readonly state: 'ended' }

export type IteratorMessage =
  | { readonly type: 'read-asked' }
  | { readonly type: 'iterator-got'; readonly iterator: string }
  | {
      readonly type: 'page-got'
      /** Records that are left to deliver after {@link countSkipped}. */
      readonly kept: number
      /** Sequence number of the page's last record; absent where the page has no records. */
      readonly lastRead?: SequenceNumber
      /** Absent: the shard is closed and this was its last page. */
      readonly nextIterator?: string
    }
  | { readonly type: 'call-failed'; readonly fault: ServiceFault }

export type IteratorEffect =
  | { readonly type: 'get-iterator'; readonly from: IteratorFrom }
  | { readonly type: 'get-records'; readonly iterator: string }
  | { readonly type: 'answer'; readonly answer: ReadAnswer }

/** What a read answers; `page` means the kept records of the page that was just got. */
export type ReadAnswer =
  | { readonly type: 'page' | 'empty' | 'closed' | 'trimmed' }
  | { readonly type: 'failed'; readonly failure: ReadFailure }

type Step = readonly [IteratorState, IteratorEffect]

/** @param granularityMs How coarsely the source stamps its records (D21): 1000, or 60,000 on DynamoDB Local. */
export function startIterator(start: IteratorStart, granularityMs: number): IteratorState {
  return { state: 'without-iterator', position: startPosition(start, granularityMs) }
}

function startPosition(start: IteratorStart, granularityMs: number): Position {
  switch (start.type) {
    case 'stamped-since':
      return {
        from: { type: 'trim-horizon' },
        skipBefore: Math.floor(start.time / granularityMs) * granularityMs,
      }
    case 'after':
      return { from: start, lastRead: start.sequenceNumber }
    case 'trim-horizon':
    case 'latest':
      return { from: start }
    default:
      return unreachable(start)
  }
}

/**
 * One step of reading a shard: which call comes next, or what the read answers.
 *
 * An expired iterator is replaced by one after the last record read, or at the original start. A trimmed one is told
 * once and reading goes on at the oldest record. A shard that the source no longer knows is at its end.
 *
 * @source aws-semantics §6.3, §6.5
 */
export function stepIterator(state: IteratorState, message: IteratorMessage): Step {
  if (state.state === 'ended') return answer(state, { type: 'closed' })
  switch (message.type) {
    case 'read-asked':
      return state.state === 'reading'
        ? [state, { type: 'get-records', iterator: state.iterator }]
        : [state, { type: 'get-iterator', from: state.position.from }]
    case 'iterator-got':
      return [
        { state: 'reading', position: state.position, iterator: message.iterator },
        { type: 'get-records', iterator: message.iterator },
      ]
    case 'page-got':
      return takePage(state.position, message)
    case 'call-failed':
      return mend(state, message.fault)
    default:
      return unreachable(message)
  }
}

function takePage(before: Position, page: IteratorMessage & { type: 'page-got' }): Step {
  const advanced = isAfter(page.lastRead, before.lastRead)
  const position = advanced ? afterPage(before, page) : withoutMended(before)
  const state: IteratorState =
    page.nextIterator === undefined
      ? { state: 'ended' }
      : { state: 'reading', position, iterator: page.nextIterator }
  if (page.kept > 0) return answer(state, { type: 'page' })
  if (page.nextIterator === undefined) return answer(state, { type: 'closed' })
  // All of it was stamped too early: the tip is not reached, so the caller is not told to wait.
  if (advanced) return [state, { type: 'get-records', iterator: page.nextIterator }]
  return answer(state, { type: 'empty' })
}

function isAfter(last: SequenceNumber | undefined, before: SequenceNumber | undefined): boolean {
  if (last === undefined) return false
  return before === undefined || compareSequenceNumbers(last, before) > 0
}

function afterPage(before: Position, page: IteratorMessage & { type: 'page-got' }): Position {
  invariant(page.lastRead !== undefined, 'a page with records has a last sequence number')
  const skipBefore = page.kept > 0 ? undefined : before.skipBefore
  return {
    from: { type: 'after', sequenceNumber: page.lastRead },
    lastRead: page.lastRead,
    ...(skipBefore === undefined ? {} : { skipBefore }),
  }
}

/**
 * How many leading records of a page are not delivered: those read before, then those stamped too early (D21).
 *
 * @param page Shape: `count` records in sequence order.
 */
export function countSkipped(
  position: Position,
  page: {
    readonly count: number
    readonly arrivedAt: Float64Array
    sequenceNumberAt(index: number): SequenceNumber
  },
): number {
  const { lastRead, skipBefore } = position
  let skipped = 0
  if (lastRead !== undefined) {
    while (
      skipped < page.count &&
      compareSequenceNumbers(page.sequenceNumberAt(skipped), lastRead) <= 0
    )
      skipped++
  }
  if (skipBefore !== undefined) {
    while (skipped < page.count && page.arrivedAt[skipped]! < skipBefore) skipped++
  }
  return skipped
}

function withoutMended({ mended: _, ...position }: Position): Position {
  return position
}

function mend(state: IteratorState & { readonly position: Position }, fault: ServiceFault): Step {
  const verdict = judgeFault(fault)
  switch (verdict.type) {
    case 'failed':
      return answer(state, verdict)
    case 'shard-gone':
      return answer({ state: 'ended' }, { type: 'closed' })
    case 'expired': {
      const position: Position = { ...state.position, mended: 'expired' }
      const renewed: IteratorState = { state: 'without-iterator', position }
      return state.position.mended === 'expired'
        ? answer(renewed, unreachableBecause(`a fresh iterator was refused: ${fault.reason}`))
        : [renewed, { type: 'get-iterator', from: position.from }]
    }
    case 'trimmed': {
      const position: Position = {
        ...state.position,
        from: { type: 'trim-horizon' },
        mended: 'trimmed',
      }
      const renewed: IteratorState = { state: 'without-iterator', position }
      return state.position.mended === 'trimmed'
        ? answer(renewed, unreachableBecause(`the oldest record is trimmed: ${fault.reason}`))
        : answer(renewed, { type: 'trimmed' })
    }
    default:
      return unreachable(verdict)
  }
}

const answer = (state: IteratorState, what: ReadAnswer): Step => [
  state,
  { type: 'answer', answer: what },
]

const unreachableBecause = (reason: string): ReadAnswer => ({
  type: 'failed',
  failure: { type: 'unreachable', reason },
})
