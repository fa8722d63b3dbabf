import { join } from 'node:path'
import t from 'tap'
import { auditLog } from '../../../bench/audit/run-audit.ts'
import {
  appendHandled,
  handledIn,
  parseHandled,
  untilHandled,
} from '../../../bench/rivals/handled-file.ts'
import { Program } from '../../../bench/suite/program.ts'

const inFour = { name: 'rival', recordCount: 4, keyNumberOf: (index: number) => index % 2 }

t.test('batches as the handler appended them, for the audit', async (t) => {
  const file = join(t.testdir(), 'handled')
  const begunNs = process.hrtime.bigint()
  appendHandled(file, { begunNs, records: [0, 1] })
  appendHandled(file, { begunNs: process.hrtime.bigint(), records: [2, 3] })
  const log = handledIn(file)
  t.match(
    [...log.invocations()],
    [
      { begunNs: Number(begunNs), outcome: 'succeeded', records: [0, 1] },
      { outcome: 'succeeded', records: [2, 3] },
    ],
  )
  t.match(await auditLog(log, inFour), { deliveries: 4, invocations: 2, lost: 0 })
})

t.test('what a rival lost or reordered is found', async (t) => {
  const log = (text: string) => ({
    isOverflowed: false,
    invocations: () => parseHandled(text),
  })
  await t.rejects(auditLog(log('1 2 0 1\n3 4 2\n'), inFour), { message: /1 records lost/ })
  await t.rejects(auditLog(log('1 2 2 1\n3 4 0 3\n'), inFour), { message: /1 out of order/ })
  await t.rejects(auditLog(log('1 2 0 1\n3 4 1 2 3\n'), inFour), { message: /1 delivered twice/ })
})

t.test('a line that is still being written counts for nothing', (t) => {
  t.match(parseHandled('1 2 0 1\n3 4 2'), [{ records: [0, 1] }])
  t.strictSame(parseHandled('3 4 2'), [])
  t.strictSame(parseHandled(''), [])
  t.end()
})

const writing = (file: string, lines: readonly string[], end: string) =>
  Program.start('writer', [
    process.execPath,
    '--eval',
    `const { appendFileSync } = require('fs')
     for (const line of ${JSON.stringify(lines)}) appendFileSync(${JSON.stringify(file)}, line)
     ${end}`,
  ])

t.test('waits until a program has written all down', async (t) => {
  const file = join(t.testdir(), 'handled')
  const program = writing(file, ['1 2 0 1\n', '3 4 2 3\n'], 'setInterval(() => {}, 1000)')
  t.teardown(() => program.stop())
  await untilHandled(program, { file, recordCount: 4 }, new AbortController().signal)
  t.equal([...handledIn(file).invocations()].length, 2)
})

t.test('a program that ends before is a missing rival, with its last word', async (t) => {
  const file = join(t.testdir(), 'handled')
  const program = writing(file, ['1 2 0 1\n'], 'console.error("no more"); process.exit(3)')
  const waited = untilHandled(program, { file, recordCount: 4 }, new AbortController().signal)
  await t.rejects(waited, {
    name: 'RivalMissing',
    message: 'writer ended with exit code 3: no more',
  })
})
