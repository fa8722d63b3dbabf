import { FileLog, type InvocationLog } from '../audit/file-log.ts'
import { HandlerLog } from '../audit/handler-log.ts'
import { draw, drawShare } from '../load/draw.ts'
import { type GeneratedRecord, recordNumberOf } from '../load/workload.ts'
import {
  type Behaviour,
  fallSilent,
  isPoison,
  linger,
  maybeDie,
  wayToFallSilent,
} from './behaviour.ts'
import { createStateHolder, type WindowState } from './window-state.ts'

const behaviour = JSON.parse(process.env['BEHAVIOUR'] ?? '{}') as Behaviour
const lingers = behaviour.spinMs || behaviour.spinRounds || behaviour.waitMs
const mayFail = behaviour.poison !== undefined || behaviour.failingShare !== undefined
const SEED = 7
const file = behaviour.logFile === undefined ? undefined : new FileLog(behaviour.logFile)
const { stateBytes } = behaviour
const holdState = stateBytes === undefined ? undefined : createStateHolder(stateBytes)

type Event = {
  readonly Records: readonly (GeneratedRecord & {
    readonly dynamodb: { readonly SequenceNumber?: string }
  })[]
  /** In a tumbling window. */
  readonly state?: WindowState
}
type Answer =
  | { readonly batchItemFailures: readonly { readonly itemIdentifier: string }[] }
  | { readonly state: WindowState }

/** Writes down what it sees and behaves as it is told. The bare loop, the clone pool and the engine call this very function. */
export async function handler({ Records: records, state }: Event): Promise<Answer | undefined> {
  const log: InvocationLog = file ?? HandlerLog.current()
  const entry = log.begin(records)
  if (behaviour.dieAt !== undefined) maybeDie(behaviour, records.map(recordNumberOf))
  if (lingers) await linger(behaviour)
  const way = behaviour.silence && wayToFallSilent(behaviour, HandlerLog.current().takeTurn())
  if (way) return fallSilent(way)
  if (mayFail) {
    const { failingShare = 0 } = behaviour
    const poisonAt = records.findIndex((record) => isPoison(behaviour, recordNumberOf(record)))
    const isUnlucky = drawShare(SEED, draw(SEED, entry)) < failingShare
    if (poisonAt >= 0 && behaviour.partial && !isUnlucky) {
      log.failFrom(entry, poisonAt)
      const itemIdentifier = records[poisonAt]!.dynamodb.SequenceNumber!
      return { batchItemFailures: [{ itemIdentifier }] }
    }
    if (isUnlucky || poisonAt >= 0) {
      log.fail(entry)
      throw new Error('a failure that was asked for')
    }
  }
  const answer = holdState && { state: holdState(state ?? {}) }
  log.succeed(entry)
  return answer
}
