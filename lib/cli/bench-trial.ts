import { InvalidArgumentError, type Option } from 'commander'
import type { TrialOptions } from '../../bench/suite/benchmark.ts'
import { UsageError } from './command-context.ts'
import { ruledOption } from './options.ts'

const PATH = 'millrace bench'
const HANDLER = 'handler'
const TEXT = { kind: 'text', lengthMin: 1, expected: 'a name' } as const
const FILE = { kind: 'text', lengthMin: 1, expected: 'a file' } as const
const RATE = { kind: 'integer', min: 1, max: 1_000_000 } as const

/** Flags that only `handler` understands; of `--records` that is a file. */
export type TrialFlags = {
  readonly config?: string
  readonly mapping?: string
  readonly rate?: number
  readonly records?: number | string
}

/** What a user says of the function that is tried. */
export const trialFlags = (): readonly Option[] => [
  ruledOption('--config <file>', 'handler: the configuration that names your function', FILE),
  ruledOption(
    '--mapping <name>',
    'handler: UUID, function or stream of a mapping (default: the first)',
    TEXT,
  ),
  ruledOption('--rate <n>', 'handler: records/s, evenly (default: as fast as it goes)', RATE),
]

/** `--records`: a count for every benchmark that drains a backlog, for `handler` a file. */
export function recordsFlag(counted: Option): Option {
  const { parseArg: parseCount } = counted
  return counted.argParser((text: string) => {
    if (/^[-+.\d]/.test(text) && !text.startsWith('./') && !text.startsWith('../'))
      return parseCount?.(text, undefined)
    if (text !== '') return text
    throw new InvalidArgumentError('It must be a number, or a file for handler.')
  })
}

/**
 * @param names of the benchmarks that are to run.
 * @returns `undefined` where `handler` is none of them.
 * @throws UsageError where it lacks what it needs, or others are given what only it understands.
 */
export function trialIn(flags: TrialFlags, names: readonly string[]): TrialOptions | undefined {
  const { config, mapping, rate, records } = flags
  const recordsFile = typeof records === 'string' ? records : undefined
  if (names.includes(HANDLER)) {
    if (config === undefined)
      throw new UsageError(
        'handler needs --config FILE: the configuration that names your function',
        PATH,
      )
    return {
      config,
      ...(mapping === undefined ? {} : { mapping }),
      ...(rate === undefined ? {} : { ratePerSecond: rate }),
      ...(recordsFile === undefined ? {} : { recordsFile }),
    }
  }
  const given = Object.entries({ config, mapping, rate, 'records with a file': recordsFile })
  for (const [name, value] of given)
    if (value !== undefined)
      throw new UsageError(
        `only handler understands --${name}: millrace bench handler --config FILE`,
        PATH,
      )
  return undefined
}
