import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { loadHandler } from '../../../lib/functions/worker/load-handler.ts'
import { answerOf, FIXTURES, inFixtures } from '../../support/function-host.ts'

const LOAD_MS = 5000

/** What the loaded handler answers. */
async function answers(name: string, directory = FIXTURES): Promise<unknown> {
  const loaded = await loadHandler(directory, name, LOAD_MS)
  return loaded.type === 'loaded' ? loaded.handler(undefined, {}, undefined) : loaded
}

const failed = (errorType: string, errorMessage: string | RegExp) => ({
  type: 'failed',
  error: { errorType, errorMessage },
})

t.test('§9.4 a file without extension goes first', async (t) => {
  // In a pool thread: the loaders that the test runner puts into this process break such a file on Node 24.
  const answer = await answerOf('cjs/extensionless.handler')
  t.same(answer, { type: 'returned', value: 'extensionless' })
})

t.test('§9.4 resolution, in Lambda’s order', async (t) => {
  const rows: [string, string, string][] = [
    ['.js as CommonJS', 'cjs/app.handler', 'cjs'],
    ['.js as ES module by its package.json', 'esm/app.handler', 'esm'],
    [
      '.js as ES module by a package.json above',
      'esm/deep/app.handler',
      'esm by the package.json above',
    ],
    ['.mjs, with top-level await', 'module.handler', 'mjs after top-level await'],
    ['.cjs', 'common.handler', 'cjs extension'],
    ['a nested export', 'cjs/app.nested.deep.handler', 'nested'],
    ['a path from ./', './cjs/app.handler', 'cjs'],
    ['an absolute path', `${inFixtures('cjs', 'app')}.handler`, 'cjs'],
  ]
  for (const [title, name, answer] of rows) t.equal(await answers(name), answer, title)
})

t.test('§9.4 then Node’s resolver from the task root', async (t) => {
  const root = t.testdir()
  mkdirSync(join(root, 'node_modules', 'packaged'), { recursive: true })
  writeFileSync(
    join(root, 'node_modules', 'packaged', 'index.js'),
    'exports.handler = async () => "packaged"',
  )
  t.equal(await answers('packaged.handler', root), 'packaged')
})

t.test('§9.4 Runtime.MalformedHandlerName', async (t) => {
  t.match(
    await answers('../handlers/cjs/app.handler'),
    failed(
      'Runtime.MalformedHandlerName',
      "'../handlers/cjs/app.handler' is not a valid handler name. Use absolute paths when specifying root directories in handler names.",
    ),
  )
  t.match(await answers('app'), failed('Runtime.MalformedHandlerName', 'Bad handler'))
})

t.test('§9.4 Runtime.HandlerNotFound', async (t) => {
  const missing = 'cjs/app.other is undefined or not exported'
  t.match(await answers('cjs/app.other'), failed('Runtime.HandlerNotFound', missing))
  t.match(
    await answers('cjs/app.nested.none.deeper'),
    failed('Runtime.HandlerNotFound', 'cjs/app.nested.none.deeper is undefined or not exported'),
  )
  t.match(
    await answers('cjs/app.notFunction'),
    failed('Runtime.HandlerNotFound', 'cjs/app.notFunction is not a function'),
  )
})

t.test('§9.4 Runtime.ImportModuleError', async (t) => {
  t.match(
    await answers('absent.handler'),
    failed('Runtime.ImportModuleError', /^Error: Cannot find module 'absent'/),
  )
  t.match(
    await answers('cjs/missing-dependency.handler'),
    failed(
      'Runtime.ImportModuleError',
      /^Error: Cannot find module 'a-package-that-nobody-installed'/,
    ),
  )
  t.match(await answers('nul\0byte.handler'), { type: 'failed' })
  t.match(await answers('data:text/javascript,export default 1.handler'), { type: 'failed' })
})

t.test('§9.4 Runtime.UserCodeSyntaxError', async (t) => {
  const root = t.testdir({ 'a.cjs': 'exports.handler = (', 'b.mjs': 'export const handler = (' })
  for (const name of ['a.handler', 'b.handler']) {
    t.match(
      await answers(name, root),
      failed('Runtime.UserCodeSyntaxError', /^SyntaxError: Unexpected/),
    )
  }
})

t.test('§9.4 a module that throws keeps the error of its own', async (t) => {
  t.match(await answers('cjs/throws.handler'), failed('RangeError', 'bad start'))
})

t.test('a module that hangs at import has a limit', async (t) => {
  t.match(
    await loadHandler(FIXTURES, 'hangs.handler', 20),
    failed('Sandbox.Timedout', 'Error: Init timed out after 0.02 seconds'),
  )
})

t.test('an unreadable package.json is what Node says of it', async (t) => {
  const root = t.testdir({ 'package.json': '{', 'a.js': 'exports.handler = () => 1' })
  t.match(await answers('a.handler', root), failed('Error', /package\.json/))
})
