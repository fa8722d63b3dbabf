import t from 'tap'
import { recordNumberOf, Workload } from '../../bench/load/workload.ts'

t.test('a record is the same each time, and tells its number and its key', (t) => {
  const record = new Workload().record(1234)
  t.strictSame(record, new Workload().record(1234))
  t.equal(recordNumberOf(record), 1234)
  t.equal(record.dynamodb.Keys.pk.S, `cust-${new Workload().keyNumberOf(1234)}`)
  t.notSame(new Workload().record(1235).dynamodb.Keys, record.dynamodb.Keys)
  t.notSame(new Workload({ seed: 2 }).record(1234), record)
  t.end()
})

t.test('even keys come about as often as one another', (t) => {
  const counts = countKeys(new Workload({ keys: 10 }), 100_000)
  t.ok(
    counts.every((count) => count > 9500 && count < 10_500),
    { counts },
  )
  t.end()
})

t.test("the first key of Zipf's law comes twice as often as the second", (t) => {
  const counts = countKeys(new Workload({ keys: 100, skew: { zipf: 1 } }), 100_000)
  const share = counts[0]! / counts[1]!
  t.ok(share > 1.9 && share < 2.1, { counts })
  t.ok(counts.every((count) => count > 0))
  t.end()
})

t.test('changes are mixed as told, with the images that belong to them', (t) => {
  const workload = new Workload({ mix: { modify: 0.3, remove: 0.2 } })
  const records = Array.from({ length: 10_000 }, (_, i) => workload.record(i))
  const share = (name: string) => records.filter((r) => r.eventName === name).length / 10_000
  t.ok(Math.abs(share('MODIFY') - 0.3) < 0.02)
  t.ok(Math.abs(share('REMOVE') - 0.2) < 0.02)
  for (const { eventName, dynamodb } of records) {
    if ('NewImage' in dynamodb !== (eventName !== 'REMOVE')) t.fail(eventName)
    if ('OldImage' in dynamodb !== (eventName !== 'INSERT')) t.fail(eventName)
  }
  t.end()
})

function countKeys(workload: Workload, records: number): readonly number[] {
  const counts = new Array<number>(workload.keys).fill(0)
  for (let i = 0; i < records; i++) counts[workload.keyNumberOf(i)]!++
  return counts
}
