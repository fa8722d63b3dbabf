import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { sourceFiles } from './support/source-files.ts'

const GLOSSARY = 'docs/glossary.md'
const LIB = sourceFiles('lib')

/** The cells of the glossary's tables, without their heads. */
const ROWS = readFileSync(GLOSSARY, 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (word|---) \|/.test(line))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )

const BANNED = ROWS.flatMap(([, , , not = '']) => not.split(', ').filter((word) => word !== ''))

/** `openLmdbStateStore`, `LANES_MAX` → its words, as the glossary writes them. */
const wordsOf = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll('_', ' ')
    .toLowerCase()

const standsIn = (word: string, text: string): boolean =>
  new RegExp(`\\b${word}(s|es)?\\b`, 'i').test(text)

t.test('every word is defined once, and its names are in the code', (t) => {
  const words = ROWS.flatMap(([word = '']) => word.split(', '))
  t.ok(words.length > 40)
  t.strictSame([...new Set(words)], words)
  for (const [word, , code = ''] of ROWS)
    for (const [, name = ''] of code.matchAll(/`(\w+)`/g)) {
      const isThere = LIB.some(({ text }) => new RegExp(`\\b${name}\\b`).test(text))
      t.ok(isThere, `${word}: ${name}`)
    }
  t.end()
})

t.test('no exported name has a word that the glossary gives another word for', (t) => {
  t.ok(BANNED.length > 15)
  for (const { path, text } of LIB)
    for (const [, name = ''] of text.matchAll(
      /^export (?:async )?(?:function|const|class|type|interface) (\w+)/gm,
    ))
      for (const word of BANNED)
        if (standsIn(word, wordsOf(name))) t.fail(`${path}: ${name}. See ${GLOSSARY}: ${word}`)
  t.pass()
  t.end()
})

t.test('no document uses such a word', (t) => {
  const pages = readdirSync('.', { recursive: false, encoding: 'utf8' })
    .concat(...['docs', 'examples'].map(filesBelow))
    .filter((path) => path.endsWith('.md') && path !== GLOSSARY)
  t.ok(pages.length > 12)
  // AWS's names in code are AWS's.
  for (const page of pages)
    for (const [i, line] of readFileSync(page, 'utf8').split('\n').entries())
      for (const word of BANNED)
        if (standsIn(word, line.replace(/`[^`]*`/g, '')))
          t.fail(`${page}:${i + 1} says ${word}. See ${GLOSSARY}`)
  t.pass()
  t.end()
})

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) =>
    join(folder, name),
  )
}
