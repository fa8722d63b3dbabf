import * as limits from '../limits.ts'
import { parseSetting } from './setting-check.ts'
import type { ObjectRule } from './setting-rule.ts'
import type { InlineFunctionSettings, InlineHandler, ModuleFunctionSettings } from './settings.ts'

/** A function's bare name. @source aws-semantics §1.2 [D] */
export const FUNCTION_NAME_RULE = {
  kind: 'text',
  lengthMin: 1,
  lengthMax: limits.FUNCTION_NAME_LENGTH_MAX,
  pattern: /^[a-zA-Z0-9-_]+$/,
  expected: `1 to ${limits.FUNCTION_NAME_LENGTH_MAX} letters, digits, dashes or underscores`,
} as const

const TIMEOUT = {
  description: 'Seconds that an invocation may take.',
  rule: { kind: 'integer', min: 1, max: limits.FUNCTION_TIMEOUT_SECONDS_MAX },
  default: limits.FUNCTION_TIMEOUT_SECONDS_DEFAULT,
} as const

/** An entry of `Functions`. @source contract §3 */
export const FUNCTION_RULE = {
  kind: 'object',
  members: {
    Runtime: {
      description: 'nodejs and a version. The handler runs on the Node that runs Millrace.',
      rule: {
        kind: 'text',
        pattern: /^nodejs\d+\.x$/,
        expected: 'a Node runtime such as nodejs20.x (this version of Millrace runs no other)',
      },
      required: true,
    },
    CodeUri: {
      description: 'Folder of the code, relative to the configuration file.',
      rule: {
        kind: 'text',
        lengthMin: 1,
        pattern: /^(?!s3:)(?!.*\.(?:zip|jar)$)[^\0]+$/,
        expected: 'a folder (this version of Millrace reads no archive and no S3 object)',
      },
      required: true,
    },
    Handler: {
      description: 'file.export, relative to CodeUri: Lambda’s own rules.',
      rule: {
        kind: 'text',
        lengthMax: limits.HANDLER_LENGTH_MAX,
        // aws-semantics §9.4: module up to the first dot of the last part; `..` is refused.
        pattern: /^(?!.*\.\.)(?:\S*\/)?[^\s./]+\.[^\s/]+$/,
        expected: `file.export of at most ${limits.HANDLER_LENGTH_MAX} characters, without ".." and spaces`,
      },
      required: true,
    },
    Timeout: TIMEOUT,
    MemorySize: {
      description: 'MB; sets the heap limit of the thread.',
      rule: { kind: 'integer', min: limits.MEMORY_MEGABYTES_MIN, max: limits.MEMORY_MEGABYTES_MAX },
      default: limits.MEMORY_MEGABYTES_MIN,
    },
    Environment: {
      description: 'What the handler finds in its environment besides the allow-list.',
      rule: {
        kind: 'object',
        members: {
          Variables: {
            description: 'Names and strings; `config show` hides the values.',
            rule: {
              kind: 'map',
              name: {
                kind: 'text',
                pattern: /^[a-zA-Z][a-zA-Z0-9_]+$/,
                expected: 'a letter, then letters, digits or underscores',
              },
              of: { kind: 'text', secret: true, expected: 'a string (put it in quotes)' },
            },
            default: {},
          },
        },
      },
      default: {},
    },
    PerExecutionEnvironmentMaxConcurrency: {
      description: 'Invocations at the same time in one environment; 1 as on Lambda.',
      rule: { kind: 'integer', min: 1, max: limits.CONCURRENCY_PER_ENVIRONMENT_MAX },
      default: 1,
    },
    Endpoint: {
      description: 'Refused for now: functions behind an Invoke endpoint.',
      rule: {
        kind: 'refused',
        message:
          'functions behind an Endpoint are not supported by this version of Millrace: give Runtime, CodeUri and Handler',
      },
    },
  },
} as const satisfies ObjectRule

/** What a program may say about a closure besides the closure itself. @source contract §8 */
export const INLINE_FUNCTION_RULE = {
  kind: 'object',
  members: { Timeout: TIMEOUT },
} as const satisfies ObjectRule

/**
 * An entry of `Functions`.
 *
 * @param resolvePath Absolute path for one relative to the configuration.
 * @throws SettingError whose path starts below the entry.
 */
export function parseFunction(
  input: unknown,
  resolvePath: (path: string) => string,
): ModuleFunctionSettings {
  const checked = parseSetting(input, FUNCTION_RULE)
  const environment: Record<string, string> = Object.create(null)
  for (const [name, value] of checked.Environment.Variables) environment[name] = value
  return {
    type: 'module',
    runtime: checked.Runtime,
    codeDirectory: resolvePath(checked.CodeUri),
    handler: checked.Handler,
    timeoutSeconds: checked.Timeout,
    memorySizeMegabytes: checked.MemorySize,
    environment,
    concurrencyPerEnvironment: checked.PerExecutionEnvironmentMaxConcurrency,
  }
}

/**
 * A closure, with the members that stand beside it.
 *
 * @throws SettingError whose path starts below the entry.
 */
export function parseInlineFunction(
  handler: InlineHandler,
  beside: unknown,
): InlineFunctionSettings {
  const { Timeout } = parseSetting(beside, INLINE_FUNCTION_RULE)
  return { type: 'inline', handler, timeoutSeconds: Timeout }
}
