import { readFileSync } from 'node:fs'
import t from 'tap'
import { errorPage } from '../../config/error-page.ts'
import { ERROR_CATALOGUE, type ErrorCode, MillraceError } from '../../lib/core/errors.ts'
import { sourceFiles } from '../support/source-files.ts'

const CODES = Object.keys(ERROR_CATALOGUE) as ErrorCode[]

t.test('docs/reference/errors.md is current: npm run docs:errors writes it', (t) => {
  t.equal(readFileSync('docs/reference/errors.md', 'utf8'), errorPage())
  t.end()
})

t.test('every code says when it comes, what it says and what to do, in sentences', (t) => {
  for (const code of CODES) {
    const { when, message, remedy } = ERROR_CATALOGUE[code]
    t.match(when, /^[A-Zm].*\.$/, `${code}: when`)
    t.match(remedy, /^[A-Z].*\.$/, `${code}: remedy`)
    t.notMatch(message, /\.$/, `${code}: the remedy follows the message`)
  }
  t.end()
})

t.test('every code is thrown somewhere, and every code that is named exists', (t) => {
  const texts = sourceFiles('lib').map(({ text }) => text)
  const thrown = new Set(
    texts.flatMap((text) =>
      [...text.matchAll(/MillraceError\.of\(\s*'(MILLRACE_\w+)'/g)].map(([, code]) => code!),
    ),
  )
  t.strictSame([...thrown].sort(), [...CODES].sort())
  for (const text of texts)
    for (const [, list = ''] of text.matchAll(/@throws \{?MillraceError\}? (MILLRACE_[\w, ]+)/g))
      for (const [code] of list.matchAll(/MILLRACE_\w+/g))
        t.ok(CODES.includes(code as ErrorCode), `@throws names ${code}`)
  t.end()
})

t.test('slots of message and remedy are filled from the facts; the cause is kept', (t) => {
  const cause = new Error('EACCES')
  const error = MillraceError.of(
    'MILLRACE_SETTING_INVALID',
    { setting: 'jobs', expected: 'an integer', actual: '{origin}', origin: ' in --jobs' },
    cause,
  )
  t.equal(error.message, 'jobs must be an integer, got {origin} in --jobs')
  t.equal(error.remedy, 'Correct jobs.')
  t.equal(error.code, 'MILLRACE_SETTING_INVALID')
  t.equal(error.cause, cause)
  t.equal(error.name, 'MillraceError')
  t.notOk(
    'cause' in MillraceError.of('MILLRACE_STATE', { operation: 'stop', state: 'stopped' }),
    'none where there is none',
  )
  t.end()
})
