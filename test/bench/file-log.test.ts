import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { FileLog, readFileLog } from '../../bench/audit/file-log.ts'
import { Workload } from '../../bench/load/workload.ts'

const workload = new Workload()
const records = (...numbers: number[]) => numbers.map((number) => workload.record(number))

t.test('what several logs wrote into one file, in the order in which it began', (t) => {
  const path = join(t.testdir(), 'log')
  const [one, other] = [new FileLog(path), new FileLog(path)]
  const first = one.begin(records(0, 1))
  const second = other.begin(records(2))
  const third = one.begin(records(3))
  other.succeed(second)
  one.failFrom(first, 1)
  one.fail(third)
  const found = readFileLog(path)
  t.match(found, [
    { records: [0, 1], outcome: 'partly', failedFrom: 1 },
    { records: [2], outcome: 'succeeded' },
    { records: [3], outcome: 'failed' },
  ])
  for (const { begunNs, endedNs } of found) t.ok(begunNs <= endedNs)
  t.end()
})

t.test(
  'an invocation that never came to its end is running; a torn line counts for nothing',
  (t) => {
    const path = join(t.testdir(), 'log')
    new FileLog(path).begin(records(0, 1))
    appendFileSync(path, '\n["1.0.1.2",12,[5,6')
    const after = new FileLog(path)
    after.succeed(after.begin(records(2)))
    t.match(readFileLog(path), [
      { records: [0, 1], outcome: 'running' },
      { records: [2], outcome: 'succeeded' },
    ])
    t.equal(readFileLog(path).length, 2)
    t.end()
  },
)
