/**
 * Loaded into a `millrace bench` before anything else (`node --import`): breaks what its handlers wrote down, or what
 * the engine's ledger says, in one place. Which one: the fragment of this file's URL.
 */
import type { LoggedInvocation } from '../../bench/audit/handler-log.ts'
import { HandlerLog } from '../../bench/audit/handler-log.ts'
import { Engine } from '../../lib/engine/engine.ts'

/** Each breaks the first event that has two records and more. */
const LOG_FAULTS: Readonly<Record<string, (records: readonly number[]) => readonly number[]>> = {
  lost: (records) => records.slice(0, -1),
  duplicated: (records) => [...records, records[0]!],
  reordered: (records) => records.toReversed(),
}

const fault = new URL(import.meta.url).hash.slice(1)
const change = LOG_FAULTS[fault]
if (change) breakLog(change)
else if (fault === 'unbalanced') breakLedger()
else throw new Error(`unknown fault ${fault}`)

function breakLog(change: (records: readonly number[]) => readonly number[]): void {
  const { invocations } = HandlerLog.prototype
  HandlerLog.prototype.invocations = function* (): Generator<LoggedInvocation> {
    let isBroken = false
    for (const invocation of invocations.call(this)) {
      const isPlace: boolean = !isBroken && invocation.records.length > 1
      yield isPlace ? { ...invocation, records: change(invocation.records) } : invocation
      isBroken ||= isPlace
    }
  }
}

function breakLedger(): void {
  const { ledger } = Engine.prototype
  Engine.prototype.ledger = function (uuid) {
    const sound = ledger.call(this, uuid)
    return { ...sound, delivered: sound.delivered - 1 }
  }
}
