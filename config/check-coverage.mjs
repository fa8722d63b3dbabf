// How much of lib/core its own tests reach, and of lib/codec and lib/settings theirs; for each file. The rest of lib runs
// in pool threads and in processes of its own, which are killed or exit by themselves: it is not counted.
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'

const SUITES = [
  {
    name: 'core',
    tests: ['dist/test/core'],
    sources: ['lib/core/**'],
    least: { lines: 94, functions: 90, branches: 80 },
  },
  {
    name: 'codec and settings',
    tests: ['dist/test/codec', 'dist/test/settings'],
    sources: ['lib/codec/**', 'lib/settings/**'],
    least: { lines: 90, functions: 80, branches: 70 },
  },
]

for (const { name, tests, sources, least } of SUITES) {
  const folder = join('dist', 'coverage', name)
  rmSync(folder, { recursive: true, force: true })
  const env = { ...process.env, NODE_V8_COVERAGE: folder }
  const ended = spawnSync(process.execPath, ['config/import-tests.mjs', ...tests], {
    env,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  if (ended.status !== 0) {
    process.exitCode = 1
    const failed = ended.stdout.split('\n').filter((line) => /^ *not ok/.test(line))
    console.error(`tests of ${name} failed\n${failed.join('\n')}\n${ended.stderr}`)
    continue
  }
  const report = [
    ...['report', '--temp-directory', folder, '--exclude-after-remap', '--skip-full'],
    ...sources.flatMap((source) => ['--include', source]),
    ...['--check-coverage', '--per-file'],
    ...Object.entries(least).flatMap(([what, percent]) => [`--${what}`, percent]),
  ]
  if (spawnSync('node_modules/.bin/c8', report, { stdio: 'inherit' }).status !== 0)
    process.exitCode = 1
}
