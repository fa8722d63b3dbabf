import { MillraceError } from '../core/errors.ts'
import { ACCESS_KEY_ID_LENGTH_MAX, PORT_DEFAULT, PORT_MAX } from '../core/limits.ts'
import { checkSetting } from '../core/mapping/setting-check.ts'
import type { Member, Rule } from '../core/mapping/setting-rule.ts'
import { describeRule, describeValue } from '../core/mapping/setting-text.ts'
import { type Environment, firstSet } from './environment.ts'
import { type Origin, originText } from './origin.ts'

/** A setting of the process, not of the file: a flag or a variable gives it. */
export type ProcessMember = Member & {
  readonly flag?: string
  readonly variable?: string
}

/** @source contract §2 */
export const PROCESS_SETTINGS = {
  data: {
    description: 'directory of everything that lasts',
    rule: { kind: 'text', lengthMin: 1, pattern: /^[^\0]+$/, expected: 'a directory' },
    flag: '--data',
    variable: 'MILLRACE_DATA',
  },
  host: {
    description:
      'address to listen on; where others than this machine reach it, requests have to be signed',
    rule: {
      kind: 'text',
      lengthMin: 1,
      pattern: /^[^\s/]+$/,
      expected: 'an address or a host name',
    },
    default: '127.0.0.1',
    flag: '--host',
  },
  port: {
    description: 'port to listen on; 0 picks a free one',
    rule: { kind: 'integer', min: 0, max: PORT_MAX },
    default: PORT_DEFAULT,
    flag: '--port',
    variable: 'MILLRACE_PORT',
  },
  logLevel: {
    description: 'least level of log lines',
    rule: {
      kind: 'choice',
      values: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
    },
    default: 'info',
    variable: 'LOG_LEVEL',
  },
  accessKeyId: {
    description: 'whose signature requests need, where others than this machine reach the address',
    rule: {
      kind: 'text',
      lengthMin: 1,
      lengthMax: ACCESS_KEY_ID_LENGTH_MAX,
      pattern: /^[A-Za-z0-9_-]+$/,
      expected: 'an access key id: letters, digits, _ and -',
    },
    variable: 'MILLRACE_ACCESS_KEY_ID',
  },
  secretAccessKey: {
    description: 'what such requests are signed with',
    rule: {
      kind: 'text',
      lengthMin: 1,
      pattern: /^[\x21-\x7e]+$/,
      expected: 'a secret key without spaces',
      secret: true,
    },
    variable: 'MILLRACE_SECRET_ACCESS_KEY',
  },
} as const satisfies Readonly<Record<string, ProcessMember>>

/** Values of flags, already checked by whoever read the command line; what is not given is absent. */
export type ProcessFlags = {
  readonly data?: string | undefined
  readonly host?: string | undefined
  readonly port?: number | undefined
}

export type ProcessSettings = {
  /** As given: relative to the working directory. */
  readonly data?: string
  readonly host: string
  readonly port: number
  readonly logLevel: (typeof PROCESS_SETTINGS)['logLevel']['rule']['values'][number]
  readonly accessKeyId?: string
  readonly secretAccessKey?: string
}

export type ProcessOrigins = { readonly [Name in keyof typeof PROCESS_SETTINGS]: Origin }

/**
 * Flag, then environment, then default. What a file adds comes after, in its own settings (contract §2).
 *
 * @throws MillraceError MILLRACE_SETTING_INVALID for a variable.
 */
export function resolveProcessSettings(
  flags: ProcessFlags,
  environment: Environment,
): { readonly settings: ProcessSettings; readonly origins: ProcessOrigins } {
  const data = pick(PROCESS_SETTINGS.data, flags.data, environment)
  const host = pick(PROCESS_SETTINGS.host, flags.host, environment)
  const port = pick(PROCESS_SETTINGS.port, flags.port, environment)
  const logLevel = pick(PROCESS_SETTINGS.logLevel, undefined, environment)
  const accessKeyId = pick(PROCESS_SETTINGS.accessKeyId, undefined, environment)
  const secretAccessKey = pick(PROCESS_SETTINGS.secretAccessKey, undefined, environment)
  return {
    settings: {
      ...(data.value === undefined ? {} : { data: data.value }),
      host: host.value ?? PROCESS_SETTINGS.host.default,
      port: port.value ?? PROCESS_SETTINGS.port.default,
      logLevel: logLevel.value ?? PROCESS_SETTINGS.logLevel.default,
      ...(accessKeyId.value === undefined ? {} : { accessKeyId: accessKeyId.value }),
      ...(secretAccessKey.value === undefined ? {} : { secretAccessKey: secretAccessKey.value }),
    },
    origins: {
      data: data.origin,
      host: host.origin,
      port: port.origin,
      logLevel: logLevel.origin,
      accessKeyId: accessKeyId.origin,
      secretAccessKey: secretAccessKey.origin,
    },
  }
}

type TextualRule = Extract<Rule, { kind: 'integer' | 'text' | 'choice' | 'duration' | 'bytes' }>

/**
 * The value that a word of a command line or an environment stands for. Strict: `1.5`, `0x10` and ` 7` are no integers.
 *
 * @returns `undefined` where it is none of the rule's.
 */
export function maybeWord<R extends TextualRule>(text: string, rule: R) {
  const isNumber = rule.kind === 'integer' && /^-?(0|[1-9]\d*)$/.test(text)
  const checking = checkSetting<R>(isNumber ? Number(text) : text, rule)
  return checking.type === 'valid' ? checking.value : undefined
}

function pick<M extends ProcessMember & { readonly rule: TextualRule }, Value>(
  member: M,
  flag: Value | undefined,
  environment: Environment,
) {
  if (flag !== undefined && member.flag !== undefined) {
    return { value: flag, origin: { type: 'flag', flag: member.flag } as Origin }
  }
  const set = member.variable === undefined ? undefined : firstSet(environment, [member.variable])
  if (!set) return { value: undefined, origin: { type: 'default' } as Origin }
  const origin: Origin = { type: 'environment', variable: set.variable }
  const rule: M['rule'] = member.rule
  const value = maybeWord(set.text, rule)
  if (value !== undefined) return { value, origin }
  throw MillraceError.of('MILLRACE_SETTING_INVALID', {
    setting: originText(origin),
    expected: describeRule(rule),
    actual: describeValue(set.text, rule),
    origin: '',
  })
}
