import { durationText } from '../core/explanation/duration-text.ts'
import type {
  MappingExplanation,
  ShardExplanation,
  TumblingWindowExplanation,
} from '../core/explanation/explanation.ts'
import { printable } from '../core/printable.ts'
import { isoSeconds } from '../core/timestamp.ts'
import type { Explanation } from '../engine/engine-status.ts'
import type { Painter } from './colour.ts'
import { countText, digitsText, tableText } from './print.ts'

/** The table of a stream's ARN. */
const TABLE = /^arn:.*:table\/([^/]+)\/stream\//

/** How an explanation is shown: now is the wall clock, epoch ms. */
export type Showing = { readonly now: number; readonly paint: Painter }

/** A mapping, its shards, and below each the lanes that have something to do. @source contract §2 */
export function mappingText(mapping: MappingExplanation, showing: Showing): string {
  const { uuid, eventSource, functionName = 'a function of a program', state } = mapping
  const { paint } = showing
  const name = TABLE.exec(eventSource)?.[1] ?? eventSource
  const of = name === eventSource ? '' : printable(` of ${eventSource}`)
  const head = `${paint.bold(printable(`${name} -> ${functionName}`))}  ${state ?? 'not in this configuration'}`
  const { lastProcessingResult, sourceFailure } = mapping
  const results = [
    ...(lastProcessingResult === undefined ? [] : [printable(lastProcessingResult)]),
    ...(sourceFailure ? [printable(`${sourceFailure.type}: ${sourceFailure.reason}`)] : []),
  ]
  const lines = [
    `mapping ${uuid}${of}`,
    ...results,
    ledgerLine(mapping),
    ...shardLines(mapping, showing),
  ]
  return [head, ...lines.map((line) => `  ${line}`)].join('\n')
}

function ledgerLine({ ledger }: MappingExplanation): string {
  const { polled, delivered, filtered, sent, dropped, inFlight } = ledger
  const counts = { polled, delivered, filtered, sent, dropped, 'in flight': inFlight }
  return Object.entries(counts)
    .flatMap(([name, count]) => (count === undefined ? [] : [`${name} ${digitsText(count)}`]))
    .join(', ')
}

function shardLines({ shards, state }: MappingExplanation, showing: Showing): readonly string[] {
  if (shards.length === 0)
    return [state === 'Disabled' ? 'nothing of it is read' : 'no shard has been read']
  const shown = shards.filter(({ condition }) => condition !== 'finished')
  const finished = shards.length - shown.length
  const hasAges = shards.some(({ iteratorAgeMs }) => iteratorAgeMs !== undefined)
  const cells = shown.map((shard) => [
    printable(shard.shardId),
    shard.position ?? 'nothing settled',
    behindText(shard, showing.now),
    ...(hasAges ? [ageText(shard)] : []),
    shard.words,
  ])
  const ages = hasAges ? ['iterator age'] : []
  const head = ['shard', 'settled to', 'behind', ...ages, 'state']
  const [title, ...rows] = tableText([head, ...cells]).split('\n')
  const lines = rows.flatMap((row, i) => [row, ...belowShard(shown[i]!, showing)])
  const rest = finished > 0 ? [`${countText(finished, 'shard')} finished`] : []
  return [...(shown.length > 0 ? [showing.paint.dim(title!)] : []), ...lines, ...rest]
}

function behindText({ recordsBehind, tipSeenAt }: ShardExplanation, now: number): string {
  if (recordsBehind !== undefined) return countText(recordsBehind, 'record')
  return tipSeenAt === undefined ? 'not known' : `tip seen ${durationText(now - tipSeenAt)} ago`
}

function ageText({ iteratorAgeMs }: ShardExplanation): string {
  return iteratorAgeMs === undefined ? '-' : durationText(iteratorAgeMs)
}

/** Its lanes that are not idle, and its tumbling window. */
function belowShard(shard: ShardExplanation, { paint }: Showing): readonly string[] {
  const lanes = shard.lanes.map(({ lane, queued, words, blocked, condition }) => {
    const count = queued === undefined ? '' : `, ${countText(queued, 'record')}`
    const isHeldUp = blocked !== undefined || condition === 'backing-off' || condition === 'parked'
    return `  lane ${lane}${count}: ${isHeldUp ? paint.yellow(words) : words}`
  })
  const { openWindow, lateRecords = 0 } = shard
  const late = lateRecords > 0 ? [`  ${countText(lateRecords, 'late record')}`] : []
  return [...lanes, ...(openWindow ? [`  ${windowText(openWindow)}`] : []), ...late]
}

/** `tumbling window 2026-01-01T00:00:00Z to 2026-01-01T00:01:00Z, state 24 bytes`, and a final call that is owed. */
export function windowText(window: TumblingWindowExplanation): string {
  const { start, end, stateBytes, isFinalCallDue, finalAttempts } = window
  const tried = finalAttempts > 0 ? `, tried ${countText(finalAttempts, 'time')}` : ''
  const owed = isFinalCallDue ? `, its final call is owed${tried}` : ''
  return `tumbling window ${isoSeconds(start)} to ${isoSeconds(end)}, state ${countText(stateBytes, 'byte')}${owed}`
}

/** Tumbling windows that are still open when a run has ended, a line each. @source contract §2 */
export function openWindowLines(explanation: Explanation): readonly string[] {
  const windows = explanation.mappings.flatMap(({ functionName, shards }) =>
    shards.flatMap(({ shardId, openWindow, lateRecords = 0 }) => {
      if (!openWindow) return []
      const late = lateRecords > 0 ? `, ${countText(lateRecords, 'late record')}` : ''
      return [printable(`  ${functionName}, ${shardId}: ${windowText(openWindow)}${late}`)]
    }),
  )
  if (windows.length === 0) return []
  return ['still open, and kept for the next run:', ...windows]
}
