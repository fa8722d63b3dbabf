// Packs the package and looks at it as users get it: publint, are-the-types-wrong, and what is in it.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const NEEDED = [
  'LICENSE',
  'README.md',
  'CHANGELOG.md',
  'package.json',
  'schema.json',
  'dist/lib/index.js',
  'dist/lib/index.d.ts',
  'dist/lib/cli/main.js',
  'dist/lib/engine/lane-host.js',
  'dist/bench/suite/suite.js',
  'dist/bench/report/page/draw-plots.js',
  'dist/bench/report/page/list-points.js',
  'docs/reference/errors.md',
  'docs/reference/bench-report.schema.json',
  'examples/README.md',
  'config/millrace.service',
  'config/Dockerfile',
]
/** Tests, sources whose compiled form is there, and what a run of an example leaves behind. */
const REFUSED =
  /^(test|lib|dist\/test|dist\/config)\/|^config\/(?!millrace\.service$|Dockerfile$)|^bench\/(?!.*\.java$)|\.map$|\.tsbuildinfo$|\.millrace\//

const folder = mkdtempSync(join(tmpdir(), 'millrace-package-'))
try {
  const words = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]
  const [packed] = JSON.parse(execFileSync('npm', words, { encoding: 'utf8' }))
  const files = packed.files.map(({ path }) => path)
  const problems = [
    ...NEEDED.filter((path) => !files.includes(path)).map((path) => `${path} is missing`),
    ...files.filter((path) => REFUSED.test(path)).map((path) => `${path} is of no use to users`),
  ]
  for (const problem of problems) console.error(problem)
  if (problems.length > 0) process.exitCode = 1
  const tarball = join(folder, packed.filename)
  // ES modules only, by decision: Node 20.19 and newer can `require` them.
  for (const [tool, ...options] of [
    ['publint', tarball, '--strict'],
    ['attw', tarball, '--profile', 'esm-only'],
  ])
    execFileSync(join('node_modules', '.bin', tool), options, { stdio: 'inherit' })
  console.log(`${files.length} files, ${Math.round(packed.size / 1024)} KiB`)
} catch (error) {
  // The tool has said what is wrong.
  if (error.status === undefined) throw error
  process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true })
}
