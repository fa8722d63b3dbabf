import t from 'tap'
import { millraceHere } from '../support/millrace-here.ts'
import { millrace } from '../support/millrace-process.ts'
import { orderLine, throwsOn } from '../support/orders-project.ts'
import { listed, SOUND, setHandler, withFailed } from '../support/redrive-project.ts'

t.test('redrive: what would be sent, what was, and what failed again', async (t) => {
  const cwd = await withFailed(t, 'o-1', 'o-4')
  const { failed: all } = await listed(cwd)
  const dry = millrace(['failed', 'redrive', '--all', '--dry-run'], cwd)
  t.match(dry, { status: 0, stdout: `2 batches, 2 records would be sent\n  ${all[0]!.id}\n` })
  t.equal((await listed(cwd)).failed.length, 2)

  setHandler(cwd, throwsOn('o-4'))
  const [second] = (await listed(cwd, '--key', 'o-4')).failed
  const done = millrace(['failed', 'redrive', '--key', 'o-1'], cwd)
  t.match(done, { status: 0, stdout: /^redrive \S{36}, done: 1 record, 1 delivered\n$/ })
  const again = millrace(['failed', 'redrive', '--all', '--json'], cwd)
  t.equal(again.status, 0)
  t.match(JSON.parse(again.stdout), {
    redrives: [
      { state: 'done', batchCount: 1, recordCount: 1, ledger: { delivered: 0, dropped: 1 } },
    ],
    skipped: [],
  })
  t.match(again.stderr, /failed attempt: on-order, shardId-\S+: Error: poison o-4/)

  const table = (await millraceHere(['failed', 'list'], cwd)).stdout
  t.match(table, /\(redriven 1 time\) Error: poison o-4\n/)
  t.match(table, /^redrive \S{36}, done: 1 record, 0 delivered, 1 given up again$/m)
  const [left] = (await listed(cwd)).failed
  t.not(left!.id, second!.id)
  t.match(
    (await millraceHere(['failed', 'show', left!.id], cwd)).stdout,
    `redriven                1 time; first ${second!.id}`,
  )
  // Redrives are counted apart (D25): the run's ledger is as it was.
  t.match(JSON.parse((await millraceHere(['run', '--json'], cwd)).stdout), {
    polled: 6,
    delivered: 4,
    dropped: 2,
  })
})

t.test('stale batches are skipped, listed, and sent on demand', async (t) => {
  const cwd = await withFailed(t, 'o-2', 'o-3')
  setHandler(cwd, SOUND)
  await millraceHere(['put', 'orders'], cwd, { input: orderLine('o-2') })
  await millraceHere(['run'], cwd)
  const { status, stdout } = await millraceHere(['failed', 'redrive', '--all'], cwd)
  t.equal(status, 0)
  t.match(stdout, /^redrive \S+, done: 1 record, 1 delivered\n1 batch skipped \(--include-stale/)
  t.match(stdout, / {2}\S+ {2}stale: S:o-2: a newer record was delivered since, \d+ in shardId-/)
  t.equal(
    (await millraceHere(['failed', 'redrive', '--all'], cwd)).stdout.split('\n')[0],
    'nothing to redrive',
  )
  const sent = await millraceHere(['failed', 'redrive', '--all', '--include-stale'], cwd)
  t.match(sent.stdout, /done: 1 record, 1 delivered/)
  t.match((await millraceHere(['failed', 'list'], cwd)).stdout, /^no failed batches\n/)
})
