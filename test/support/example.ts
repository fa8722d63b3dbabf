import { type ExecFileOptions, execFile } from 'node:child_process'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import type { Test } from 'tap'
import { MAIN } from './millrace-process.ts'

type Step = { readonly command: string; readonly output: string }

/** What differs from run to run: ids of failed batches, UUIDs, times. */
const CHANGING = [
  /\b[0-9a-f]{12}-[0-9a-f]{6}\b/g,
  /\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g,
  /\b\d{4}-\d\d-\d\dT[\d:.]+Z\b/g,
]

/**
 * Does what the README of an example says, in a copy of its folder: the commands behind `$` in its `console` blocks, one
 * after another. Each must succeed and write to stdout what follows it. `npx millrace` is the command of this build.
 */
export async function runExample(
  t: Test,
  name: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<void> {
  // Below the project, so that `import 'millrace'` finds this one.
  const root = t.testdir({ bin: {}, [name]: {} })
  const folder = join(root, name)
  const filter = (path: string) => !basename(path).startsWith('.')
  cpSync(join('examples', name), folder, { recursive: true, filter })
  const npx = `#!/bin/sh\n[ "$1" = millrace ] && shift && exec "${process.execPath}" "${MAIN}" "$@"\n`
  writeFileSync(join(root, 'bin', 'npx'), npx, { mode: 0o755 })
  const path = [join(root, 'bin'), process.env['PATH']].join(delimiter)
  const steps = stepsOf(readFileSync(join(folder, 'README.md'), 'utf8'))
  t.ok(steps.length > 0, `${name}: README.md has a console block`)
  for (const { command, output } of steps) {
    const ended = await shell(command, { cwd: folder, env: { PATH: path, ...environment } })
    t.equal(ended.code, 0, `${name}: ${command}\n${ended.stderr}`)
    t.equal(withoutChanging(ended.stdout), withoutChanging(output), `${name}: ${command}`)
  }
}

type Ended = { readonly code: unknown; readonly stdout: string; readonly stderr: string }

/** A failed command answers with its exit code too. */
async function shell(command: string, options: ExecFileOptions): Promise<Ended> {
  const output = { code: 0, stdout: '', stderr: '' }
  const ended = promisify(execFile)('sh', ['-c', command], { ...options, encoding: 'utf8' })
  return { ...output, ...(await ended.catch((error: Ended) => error)) }
}

function stepsOf(page: string): readonly Step[] {
  const blocks = [...page.matchAll(/```console\n(.*?)```/gs)].map(([, text]) => text!)
  return blocks.flatMap((text) =>
    text
      .split(/^\$ /m)
      .filter((step) => step !== '')
      .map((step) => {
        const end = step.indexOf('\n')
        return { command: step.slice(0, end), output: step.slice(end + 1) }
      }),
  )
}

function withoutChanging(text: string): string {
  return CHANGING.reduce((result, pattern) => result.replace(pattern, '...'), text)
}
