import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { millraceHere } from '../support/millrace-here.ts'
import { orderLines, ordersProject, throwsOn } from '../support/orders-project.ts'

type Batch = { readonly id: string; readonly discardedAt: string; readonly event: unknown }

t.test('failed batches are filtered, exported and purged', async (t) => {
  const mapping = { MaximumRetryAttempts: 0, BatchSize: 1 }
  const cwd = ordersProject(t, { handler: throwsOn('o-1', 'o-2', 'o-3'), mapping })
  await millraceHere(['put', 'orders'], cwd, { input: orderLines(4) })
  await millraceHere(['run'], cwd)
  const ids = async (...flags: readonly string[]) =>
    (
      JSON.parse((await millraceHere(['failed', 'list', '--json', ...flags], cwd)).stdout) as {
        failed: readonly Batch[]
      }
    ).failed.map(({ id }) => id)
  const all = await ids()
  t.equal(all.length, 3)
  t.equal((await ids('--key', 'o-2')).length, 1)
  t.same(await ids('--since', '1h'), all)
  t.same(await ids('--since', '2999-01-01'), [])
  t.same(await ids('--until', '2999-01-01T00:00:00Z'), all)
  t.same(await ids('--until', '1h'), [])
  t.same(await ids('--condition', 'RetryAttemptsExhausted'), all)
  t.same(await ids('--condition', 'RecordAgeExceeded'), [])

  const lines = (await millraceHere(['failed', 'export', '--key', 'o-2'], cwd)).stdout
    .trimEnd()
    .split('\n')
  t.match(
    lines.map((line) => JSON.parse(line)),
    [
      {
        condition: 'RetryAttemptsExhausted',
        event: { Records: [{ dynamodb: { Keys: { id: { S: 'o-2' } } } }] },
      },
    ],
  )
  const shown = (
    await millraceHere(['failed', 'show', (await ids('--key', 'o-2'))[0]!, '--json'], cwd)
  ).stdout
  t.same(JSON.parse(lines[0]!), JSON.parse(shown), 'one form for both')
  const written = await millraceHere(['failed', 'export', '--output', 'failed.ndjson'], cwd)
  t.match(written, { status: 0, stdout: '', stderr: /3 failed batches written to failed\.ndjson/ })
  const file = join(cwd, 'failed.ndjson')
  t.equal(readFileSync(file, 'utf8').trimEnd().split('\n').length, 3)
  t.equal(statSync(file).mode & 0o777, 0o600)
  t.match(await millraceHere(['failed', 'export', '--output', 'no/where'], cwd), {
    status: 1,
    stderr: /cannot write to no\/where/,
  })

  t.match(await millraceHere(['failed', 'purge'], cwd), {
    status: 2,
    stderr: /purge needs ids, or --mapping/,
  })
  const dry = await millraceHere(['failed', 'purge', '--key', 'o-1', '--dry-run', '--json'], cwd)
  t.match(JSON.parse(dry.stdout), { dryRun: true, purged: 1, kept: 0 })
  t.same(await ids(), all)
  t.match(await millraceHere(['failed', 'purge', all[0]!], cwd), {
    status: 0,
    stdout: /^1 failed batch removed, [\d,]+ bytes\n$/,
  })
  t.same(await ids(), all.slice(1))
  const rest = JSON.parse((await millraceHere(['failed', 'purge', '--all', '--json'], cwd)).stdout)
  t.match(rest, { purged: 2, kept: 0 })
  t.match((await millraceHere(['failed', 'list'], cwd)).stdout, /^no failed batches\n$/)
  t.match(await millraceHere(['failed', 'purge', '--all', '--data', 'gone'], cwd), {
    status: 1,
    stderr: /there is no data of Millrace in .*gone/,
  })
})

t.test(
  'contract §3: the oldest are purged when the store is full, counted, and told',
  async (t) => {
    const cwd = ordersProject(t, {
      handler: 'export async function handler() { throw new Error("down") }',
      mapping: { MaximumRetryAttempts: 0, BatchSize: 10 },
      engine: { FailedBatchStore: { MaximumBytes: '6MB' } },
    })
    const filling = 'x'.repeat(300_000)
    const line = (i: number) =>
      JSON.stringify({
        dynamodb: { Keys: { id: { S: `o-${i}` } }, NewImage: { text: { S: filling } } },
      })
    const input = `${Array.from({ length: 60 }, (_, i) => line(i)).join('\n')}\n`
    await millraceHere(['put', 'orders'], cwd, { input })
    await millraceHere(['run'], cwd)
    const { purged, failed } = JSON.parse(
      (await millraceHere(['failed', 'list', '--json'], cwd)).stdout,
    ) as {
      purged: number
      failed: readonly Batch[]
    }
    t.ok(purged > 0)
    t.ok(failed.length > 0)
    t.match(
      (await millraceHere(['failed', 'list'], cwd)).stdout,
      new RegExp(`^${purged} older batch(es)? purged: the`, 'm'),
    )
  },
)
