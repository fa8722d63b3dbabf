import t from 'tap'
import type { BenchmarkContext } from '../../bench/suite/benchmark.ts'

// Read when the modules are loaded: nothing is in the cache, and nothing can be fetched or started.
process.env['XDG_CACHE_HOME'] = t.testdir({})
process.env['PATH'] = t.testdirName

const { sources } = await import('../../bench/sources.ts')
const { openServerlessOffline } = await import(
  '../../bench/rivals/serverless-offline/serverless-offline.ts'
)
const { openKcl } = await import('../../bench/rivals/kcl/kcl.ts')
const { scriptedTable } = await import('../support/scripted-table.ts')

const context = {
  scratch: t.testdirName,
  seed: 1,
  records: 1000,
  runs: 1,
  seconds: 1,
  tableRecords: 1000,
  java: true,
  smoke: false,
  signal: new AbortController().signal,
  backlog: () => Promise.reject(new Error('not asked for')),
  audited: () => {},
  progress: () => {},
} satisfies BenchmarkContext

const reasons = async (java: boolean) => {
  const { figures } = await sources.run({ ...context, java })
  t.strictSame(Object.keys(figures), Object.keys(sources.figures))
  return new Set(
    Object.values(figures).map((figure) => ('missing' in figure ? figure.missing : '')),
  )
}

t.test('without Java every figure is missing, and says why', async (t) => {
  t.strictSame([...(await reasons(false))], ['left out by --no-java'])
  const [reason, ...more] = await reasons(true)
  t.match(reason, /^DynamoDB Local needs Java 17 .* ENOENT/)
  t.strictSame(more, [])
})

t.test('a rival that cannot be installed says so', async (t) => {
  await t.rejects(openServerlessOffline({}, context), {
    name: 'RivalMissing',
    message: 'it could not be installed: spawn npm ENOENT',
  })
  await t.rejects(openKcl(await scriptedTable(t, []), { idleMs: 50 }, context), {
    name: 'RivalMissing',
    message: 'it could not be fetched: spawn mvn ENOENT',
  })
})
