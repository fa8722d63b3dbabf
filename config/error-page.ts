import { exitCodeOf } from '../lib/cli/exit-code.ts'
import { ERROR_CATALOGUE, type ErrorCode } from '../lib/core/errors.ts'

const INTRODUCTION = `# Errors

<!-- Written by \`npm run docs:errors\` from lib/core/errors.ts. -->

What an operator can act on is a \`MillraceError\`: \`code\` is stable within a major version and never reused, \`message\` is
for people and may change, \`facts\` holds what stands in \`{braces}\` below, and \`remedy\` says what to do. The command prints
message, remedy and code on stderr, and ends with the exit code given here.

\`engine.mappings\` and \`engine.functions\` refuse requests with an \`ApiError\`, in AWS's exceptions and words. A handler that
throws is no error of Millrace: its batch is retried, split or given up by the rules of its mapping.
`

/** The text of docs/reference/errors.md: a heading for each code of the catalogue, in the catalogue's order. */
export function errorPage(): string {
  const codes = Object.keys(ERROR_CATALOGUE) as ErrorCode[]
  return [INTRODUCTION, ...codes.map(entryText)].join('\n')
}

function entryText(code: ErrorCode): string {
  const { when, message, remedy } = ERROR_CATALOGUE[code]
  return `## ${code}

${when}

    ${message}

**What to do:** ${literal(remedy)} **Exit code:** ${exitCodeOf(code)}.
`
}

/** Slots as code, so that Markdown does not read them. */
function literal(text: string): string {
  return text.replace(/\{\w+\}/g, (slot) => `\`${slot}\``)
}
