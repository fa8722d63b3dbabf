// Writes docs/benchmarks.md from the reports in docs/benchmarks.
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { benchmarksPage } from '../dist/bench/suite/benchmarks-page.js'

const FOLDER = 'docs/benchmarks'
const names = (await readdir(FOLDER)).filter((name) => name.endsWith('.json'))
const files = await Promise.all(
  names.map(async (name) => ({ name, text: await readFile(join(FOLDER, name), 'utf8') })),
)
await writeFile('docs/benchmarks.md', benchmarksPage(files))
