import t from 'tap'
import { startFunction, TestHost } from '../../support/function-host.ts'

// reliability §4.14: the daemon is alive and unchanged afterwards.
const ROWS: [string, string, object][] = [
  ['messages on the thread’s port', 'writesToPort', { type: 'returned', value: 'wrote' }],
  ['closing the thread’s port', 'closesPort', { type: 'returned', value: 'closed' }],
  ['polluted prototypes', 'pollutes', { type: 'returned', value: 'polluted' }],
  ['abort', 'aborts', { error: { errorMessage: 'process.abort() is not supported in workers' } }],
  ['chdir', 'changesDirectory', { error: { errorMessage: /process.chdir\(\) is not supported/ } }],
  ['a 100 MB answer', 'big', { error: { errorType: 'Function.ResponseSizeTooLarge' } }],
]

for (const [title, name, expected] of ROWS) {
  t.test(`§4.14 ${title}`, async (t) => {
    const host = await startFunction(`broken.${name}`, {
      memorySizeMegabytes: 512,
      // None of them is about time, and the big answer takes seconds on a busy machine.
      timeoutSeconds: 60,
    })
    t.match(await host.answer(), expected)
    host.order({ type: 'finish' })
    t.same(await host.handle.ended, { type: 'finished' })
    const next = new TestHost(host.pool, 2)
    t.match(await next.next('loaded'), { error: undefined }, 'the next environment loads')
    t.notOk('toJSON' in {}, 'the program is untouched')
    await host.close()
    await next.close()
  })
}
