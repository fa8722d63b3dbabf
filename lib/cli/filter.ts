import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Command } from 'commander'
import { explainMismatch, type Mismatch } from '../core/filter/explain-mismatch.ts'
import { FILTER_REFUSED_MESSAGE } from '../core/filter/filter.ts'
import { parsePattern } from '../core/filter/parse-pattern.ts'
import type { Conjunction } from '../core/filter/pattern.ts'
import { patternWarnings } from '../core/filter/pattern-warnings.ts'
import { unreachable } from '../core/invariant.ts'
import { printable } from '../core/printable.ts'
import { type CommandContext, UsageError } from './command-context.ts'
import { EXIT_CODE } from './exit-code.ts'
import { withExample, withJson } from './options.ts'
import { printResult } from './print.ts'
import { unreadable } from './unreadable.ts'

type Flags = { readonly pattern: string; readonly event: string; readonly json?: boolean }

/** `millrace filter test`. @source contract §2; aws-semantics §7 */
export function register(program: Command, context: CommandContext): void {
  const filter = program.command('filter').description('try filter patterns')
  const command = filter
    .command('test')
    .description('whether a pattern matches a record, and which part of it does not (exit code 1)')
    .requiredOption('--pattern <json>', 'the Pattern of FilterCriteria')
    .requiredOption(
      '--event <file>',
      'one record as JSON, as a handler sees it; - for standard input',
    )
  const example = `millrace filter test --pattern '{"eventName":["INSERT"]}' --event record.json`
  withExample(filter, example)
  withExample(withJson(command), example)
  command.action((flags: Flags) => test(flags, context))
}

async function test(flags: Flags, context: CommandContext): Promise<void> {
  const root = readPattern(flags.pattern)
  const mismatches = explainMismatch(root, await readEvent(flags.event, context))
  const warnings = patternWarnings(root)
  const matches = mismatches.length === 0
  printResult(context, flags, {
    json: { matches, mismatches, warnings },
    text: () =>
      [matches ? 'matches' : 'does not match', ...mismatches.flatMap((one) => linesOf(one))].join(
        '\n',
      ),
  })
  for (const { path, reason } of warnings) context.stderr.write(`warning: ${path}: ${reason}\n`)
  if (!matches) context.exit(EXIT_CODE.failure)
}

/** @throws UsageError */
function readPattern(text: string): Conjunction {
  const parsed = parsePattern(text)
  if (parsed.type !== 'refused') return parsed.root
  const where = parsed.path === '' ? '' : `${parsed.path}: `
  throw new UsageError(`--pattern: ${FILTER_REFUSED_MESSAGE} ${where}${parsed.reason}`)
}

/** @throws MillraceError MILLRACE_INPUT_UNREADABLE */
async function readEvent(
  file: string,
  { stdin, workingDirectory }: CommandContext,
): Promise<unknown> {
  try {
    const source = file === '-' ? text(stdin) : readFile(resolve(workingDirectory, file), 'utf8')
    return JSON.parse(await source)
  } catch (error) {
    throw unreadable(file, error instanceof Error ? error : new Error(String(error)))
  }
}

function linesOf(mismatch: Mismatch, indent = '  '): readonly string[] {
  switch (mismatch.type) {
    case 'leaf':
      return [`${indent}${mismatch.path}: wants ${mismatch.expected}, ${foundText(mismatch)}`]
    case 'choice':
      return [
        `${indent}${mismatch.path}: no branch matches`,
        ...mismatch.branches.flatMap((branch, index) => [
          `${indent}  branch ${index + 1}`,
          ...branch.flatMap((one) => linesOf(one, `${indent}    `)),
        ]),
      ]
    case 'elements':
      return [`${indent}never in the same element of a list: ${mismatch.paths.join(', ')}`]
    default:
      return unreachable(mismatch)
  }
}

function foundText({ found, reached }: Extract<Mismatch, { type: 'leaf' }>): string {
  if (found.length > 0)
    return `found ${found.map((value) => printable(JSON.stringify(value))).join(', ')}`
  return reached === '' ? 'found nothing' : `found nothing below ${reached}`
}
