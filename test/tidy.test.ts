// What no linter knows (the types, lint and layers are `npm run check`). Each rule says what to do instead. A known
// exception stands in its rule; one that is not needed any more fails, so that the lists only shrink.
import { readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import t from 'tap'
import { type SourceFile, sourceFiles } from './support/source-files.ts'

const LIB = sourceFiles('lib')
const TESTS = sourceFiles('test')
const TESTS_BUT_THIS = TESTS.filter(({ path }) => path !== 'test/tidy.test.ts')
const ALL = [...LIB, ...TESTS, ...sourceFiles('bench', 'config', 'examples')]

type Rule = {
  readonly instead: string
  /** Where the rule is broken: a path, and perhaps `:` and what it is there. */
  readonly broken: () => readonly string[]
  readonly exceptions?: readonly string[]
}

function rule(name: string, { instead, broken, exceptions = [] }: Rule): void {
  t.test(name, (t) => {
    const found = [...new Set(broken())]
    const isKnown = (place: string) => exceptions.includes(place)
    t.strictSame(
      found.filter((place) => !isKnown(place)),
      [],
      instead,
    )
    const kept = exceptions.filter((place) => !found.includes(place))
    t.strictSame(kept, [], 'these keep the rule now: take them off its exceptions')
    t.end()
  })
}

/** `path:line` of the lines that match, comments and strings included. */
function linesThat(files: readonly SourceFile[], pattern: RegExp): readonly string[] {
  return files.flatMap(({ path, lines }) =>
    lines.flatMap((line, i) => (pattern.test(line) ? [`${path}:${i + 1}`] : [])),
  )
}

function pathsThat(files: readonly SourceFile[], pattern: RegExp): readonly string[] {
  return files.filter(({ text }) => pattern.test(text)).map(({ path }) => path)
}

rule('a file has at most 300 lines', {
  instead: 'Split it: what decides goes to lib/core, each of its parts into a file named like it',
  broken: () => ALL.filter(({ lines }) => lines.length > 300).map(({ path }) => path),
})

rule('files and folders have kebab-case names that say what is in them', {
  instead: 'Name it for what it holds: a drawer for everything grows without end',
  broken: () =>
    ALL.filter(
      ({ path }) =>
        /(^|\/)(utils?|helpers?|common|shared|misc|types|managers?|interfaces)(\/|\.[a-z]+$)/.test(
          path,
        ) ||
        !/^[a-z0-9-]+(\.(test|property\.test|bench|d))?\.(ts|mjs|cjs|js)$/.test(basename(path)),
    ).map(({ path }) => path),
  exceptions: ['test/fixtures/handlers/common.cjs'],
})

rule('chance comes in through ports/random', {
  instead: 'Take a Random (or a seed) as a parameter, so that a run can be replayed',
  broken: () =>
    pathsThat([...LIB, ...TESTS_BUT_THIS.filter(isOurs)], /\bMath\.random\b|\brandomUUID\(/),
  exceptions: [
    'lib/engine/system-random.ts',
    // At what moment a process is killed is no decision of ours, and cannot be replayed.
    'test/crash/stuck-driver.ts',
    'test/support/seeded-random.ts',
  ],
})

rule('a test does not sleep', {
  instead: 'Wait for the event itself, or use the virtual clock of test/support',
  broken: () =>
    pathsThat(
      TESTS_BUT_THIS.filter(isOurs),
      /timers\/promises|\bsleep\(|await new Promise\(.*setTimeout/,
    ),
  exceptions: [
    // Handlers and programs of the tests that take their time, as those of users do.
    'test/cli/bad-data.test.ts',
    'test/cli/checkpoint.test.ts',
    'test/cli/failed-redrive-ends.test.ts',
    'test/cli/run-signals.test.ts',
    'test/crash/changing-driver.ts',
    'test/engine/bad-surroundings.test.ts',
    'test/integration/many-changes.test.ts',
  ],
})

rule('no default export, no export of everything', {
  instead: 'Export by name, one by one: the front door stays readable',
  broken: () =>
    linesThat(
      [...LIB, ...TESTS, ...sourceFiles('bench', 'config')].filter(
        ({ path }) => !path.startsWith('test/fixtures/') && !path.endsWith('.d.ts'),
      ),
      /^export (default|\*)/,
    ),
})

rule('only errors extend', {
  instead: 'Compose: take the other thing as a parameter',
  broken: () => linesThat(ALL, /^(export )?(abstract )?class .* extends (?!Error\b)/),
})

rule('what is left to do names its issue', {
  instead: 'Do it, or write the number of an issue that says what is missing behind it: (#12)',
  broken: () => linesThat(ALL, /\b(TO\x44O|FIXM\x45|XX\x58|HAC\x4b)\b(?!\(#\d+\))/),
})

rule("no path of someone's machine", {
  instead: 'Use a path relative to the project, or one that the test makes',
  broken: () => linesThat([...ALL, ...pages()], /(?<![\w.])\/(home|Users|root|work|tmp)\/\w{2,}/),
})

rule(
  'exported functions, classes and values of core, ports, engine and settings have a docstring',
  {
    instead:
      'Say in one sentence what it is; then shapes, units and errors, and where behaviour comes from',
    broken: () =>
      LIB.filter(({ path }) => /^lib\/(core|ports|engine|settings)\//.test(path)).flatMap(
        ({ path, lines }) =>
          lines.flatMap((line, i) => {
            const [, name] = /^export (?:async )?(?:function|class|const) (\w+)/.exec(line) ?? []
            return name && !/\*\/$/.test(lines[i - 1] ?? '') ? [`${path}: ${name}`] : []
          }),
      ),
  },
)

rule('a source is named so that it can be found', {
  instead: 'Write the section: @source aws-semantics §4.3, @source D15',
  broken: () => linesThat(LIB, /@source.*\b(aws-semantics|contract|design|reliability)\b(?! §\d)/),
})

rule('an exported limit says its unit and its source', {
  instead: 'Put /** What it bounds. @unit bytes @source D6 */ on the line above',
  broken: () =>
    LIB.flatMap(({ path, lines }) =>
      lines.flatMap((line, i) => {
        const [, name] = /^export const ([A-Z0-9_]+_(?:MAX|MIN|DEFAULT)) = \d/.exec(line) ?? []
        return name && !/@unit .+ @source /.test(lines[i - 1] ?? '') ? [`${path}: ${name}`] : []
      }),
    ),
})

rule('every file of lib/core that does something is tested beside it', {
  instead: 'Write its table of cases in test/core, in the folder that mirrors its own',
  broken: () => {
    const core = LIB.filter(({ path, text }) => path.startsWith('lib/core/') && doesSomething(text))
    return core.map(({ path }) => path).filter((path) => !testedBeside(core).has(path))
  },
})

rule('every dependency has its reason', {
  instead: 'Name it in docs/decisions/0006-dependencies.md: why it, and why not our own',
  broken: () => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
    const reasons = readFileSync('docs/decisions/0006-dependencies.md', 'utf8')
    return Object.keys({ ...dependencies, ...devDependencies }).filter(
      (name) => !reasons.includes(`\`${name}\``),
    )
  },
})

/** Not a handler that a test runs, which may do what users' handlers do. */
function isOurs({ path }: SourceFile): boolean {
  return !path.startsWith('test/fixtures/')
}

function doesSomething(text: string): boolean {
  return /^export (async )?(function|class) /m.test(text)
}

/** Files of lib/core that the tests in the folder mirroring theirs import, and what those import of their folder. */
function testedBeside(core: readonly SourceFile[]): ReadonlySet<string> {
  const tested = new Set<string>()
  const reach = (path: string): void => {
    const file = core.find((candidate) => candidate.path === path)
    if (!file || tested.has(path)) return
    tested.add(path)
    for (const [, name] of file.text.matchAll(/from '\.\/(.+)'/g)) reach(`${dirname(path)}/${name}`)
  }
  for (const { path, text } of TESTS.filter(({ path }) => path.startsWith('test/core/'))) {
    const folder = dirname(path).replace(/^test/, 'lib')
    for (const [, imported = ''] of text.matchAll(/from '(?:\.\.\/)+(lib\/core\/.+)'/g))
      if (dirname(imported) === folder) reach(imported)
  }
  return tested
}

/** What people read. */
function pages(): readonly SourceFile[] {
  return ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'docs/architecture.md'].map((path) => {
    const text = readFileSync(path, 'utf8')
    return { path, text, lines: text.split('\n') }
  })
}
