import t from 'tap'
import { millraceHere } from '../support/millrace-here.ts'
import { millrace } from '../support/millrace-process.ts'
import { orderLines, ordersProject, throwsOn } from '../support/orders-project.ts'

type Listed = { readonly failed: readonly { readonly id: string; readonly mapping: string }[] }

t.test('failed batches and checkpoints of a run', (t) => {
  const mapping = { MaximumRetryAttempts: 1, BisectBatchOnFunctionError: true }
  const cwd = ordersProject(t, { handler: throwsOn('o-7'), mapping })
  millrace(['put', 'orders'], cwd, { input: orderLines(20) })
  millrace(['run'], cwd)

  const table = millrace(['failed', 'list'], cwd)
  t.equal(table.status, 0)
  t.match(table.stdout, /^id +given up at +function +records +attempts +condition +last error\n/)
  t.match(table.stdout, /^\S+ +\S+Z +on-order +1 +2 +RetryAttemptsExhausted +Error: poison o-7$/m)

  const list = JSON.parse(millrace(['failed', 'list', '--json'], cwd).stdout) as Listed
  const [batch] = list.failed
  t.equal(list.failed.length, 1)
  t.match(batch, { recordCount: 1, approximateInvokeCount: 2, condition: 'RetryAttemptsExhausted' })
  t.notMatch(batch, { payload: String })

  const shown = millrace(['failed', 'show', batch!.id], cwd)
  t.match(shown, {
    status: 0,
    stdout: /^lastError +Error: poison o-7\nevent\n\{\n {2}"Records": \[/m,
  })
  const details = JSON.parse(
    millrace(['failed', 'show', batch!.id, '--json'], cwd).stdout,
  ) as object
  t.match(details, {
    id: batch!.id,
    event: { Records: [{ eventName: 'INSERT', dynamodb: { Keys: { id: { S: 'o-7' } } } }] },
  })

  const ours = ['--mapping', batch!.mapping]
  t.match(millrace(['failed', 'list', ...ours], cwd).stdout, batch!.id)
  t.match(millrace(['checkpoint', 'show', ...ours], cwd).stdout, /delivered \d+, .* dropped 1$/m)
  const { mappings } = JSON.parse(millrace(['checkpoint', 'show', '--json'], cwd).stdout) as {
    mappings: { uuid: string; shards: { counts: { delivered: number } }[] }[]
  }
  t.equal(mappings[0]?.uuid, batch!.mapping)
  t.equal(
    mappings[0]?.shards.reduce((sum, { counts }) => sum + counts.delivered, 0),
    19,
  )
  t.end()
})

t.test('what is not there: 1, one message', async (t) => {
  const cwd = ordersProject(t)
  const cases: [string[], RegExp][] = [
    [
      ['failed', 'show', '000000000000-000000'],
      /no failed batch 000000000000-000000 in .*BATCH_UN/s,
    ],
    [['failed', 'list', '--mapping', 'x'], /no mapping x; there are: [0-9a-f-]{36}/],
    [['checkpoint', 'show', '--mapping', 'x'], /no mapping x; there are: [0-9a-f-]{36}/],
    [['failed', 'list', '--data', 'code'], /there is no data of Millrace in .*code/],
    [['checkpoint', 'show', '--data', 'gone'], /there is no data of Millrace in .*gone/],
  ]
  t.equal((await millraceHere(['run'], cwd)).status, 0)
  for (const [words, message] of cases) {
    const { status, stdout, stderr } = await millraceHere(words, cwd)
    t.strictSame([status, stdout], [1, ''], words.join(' '))
    t.match(stderr, message)
  }
  t.match(await millraceHere(['failed'], cwd), { status: 2, stderr: /needs a command: list, show/ })
  t.match(await millraceHere(['failed', 'show'], cwd), { status: 2 })
})
