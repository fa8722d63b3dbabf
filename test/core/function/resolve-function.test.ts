import t from 'tap'
import { publish, withAlias, withRevision } from '../../../lib/core/function/function-entry.ts'
import { resolveFunction } from '../../../lib/core/function/resolve-function.ts'
import { change, ENTRY } from '../../support/function-entries.ts'

const [PUBLISHED] = publish(ENTRY, { freshId: 'v-1' })
const CHANGED = withRevision(PUBLISHED, { timeoutSeconds: 9 }, change(1))
const NAMED = withAlias(CHANGED, 'prod', { version: '1', description: '', revisionId: 'a' })
const KNOWN = withAlias(NAMED, 'edge', { version: '$LATEST', description: '', revisionId: 'a' })
const inCode = (folder: string) => `/code/${folder}`

t.test('a name and a qualifier mean one program (aws-semantics §1.2)', (t) => {
  const rows = [
    [undefined, '$LATEST', 'id-1/$LATEST', 9],
    ['$LATEST', '$LATEST', 'id-1/$LATEST', 9],
    ['edge', '$LATEST', 'id-1/$LATEST', 9],
    ['1', '1', 'id-0/1', 3],
    ['prod', '1', 'id-0/1', 3],
  ] as const
  for (const [qualifier, version, program, timeoutSeconds] of rows)
    t.match(
      resolveFunction(KNOWN, qualifier, inCode),
      {
        name: 'fn',
        version,
        program,
        settings: { timeoutSeconds, codeDirectory: '/code/folder-1', environment: {} },
      },
      String(qualifier),
    )
  for (const qualifier of ['2', 'nobody', '', '__proto__', 'PROD'])
    t.equal(resolveFunction(KNOWN, qualifier, inCode), undefined, qualifier)
  t.end()
})

t.test('an alias that moves means another program from then on', (t) => {
  const moved = withAlias(KNOWN, 'prod', { version: '$LATEST', description: '', revisionId: 'b' })
  t.equal(resolveFunction(moved, 'prod', inCode)?.program, 'id-1/$LATEST')
  t.end()
})

t.test(
  'a version and $LATEST are two programs even where nothing else differs: handlers see it',
  (t) => {
    const programs = [undefined, '1'].map((at) => resolveFunction(PUBLISHED, at, inCode)?.program)
    t.strictSame(programs, ['id-0/$LATEST', 'id-0/1'])
    t.end()
  },
)

t.test('a function of the configuration has $LATEST only', (t) => {
  const settings = { type: 'inline', handler: () => {}, timeoutSeconds: 3 } as const
  const known = { owner: 'configuration', name: 'fn', settings } as const
  for (const qualifier of [undefined, '$LATEST'])
    t.match(resolveFunction(known, qualifier, inCode), { version: '$LATEST', settings })
  const module = {
    type: 'module',
    runtime: 'nodejs20.x',
    codeDirectory: '/code',
    handler: 'a.b',
    timeoutSeconds: 3,
    memorySizeMegabytes: 128,
    environment: {},
    concurrencyPerEnvironment: 1,
  } as const
  const programOf = (timeoutSeconds: number) =>
    resolveFunction({ ...known, settings: { ...module, timeoutSeconds } }, undefined, inCode)
      ?.program
  t.equal(programOf(3), programOf(3))
  t.not(programOf(3), programOf(4), 'changed in the file, it is another program')
  for (const qualifier of ['1', 'prod'])
    t.equal(resolveFunction(known, qualifier, inCode), undefined)
  t.end()
})
