import { MillraceError } from '../core/errors.ts'
import { unreachable } from '../core/invariant.ts'
import { ApiError } from '../core/mapping/api-error.ts'
import { suggestion } from '../core/mapping/did-you-mean.ts'
import {
  SettingError,
  type SettingPath,
  type SettingProblem,
} from '../core/mapping/setting-rule.ts'
import { describeRule, describeValue, pathText } from '../core/mapping/setting-text.ts'
import { type Origin, type Origins, originText } from './origin.ts'

/**
 * Runs `parse`; what it refuses becomes an error that names the setting in full and where it was given.
 *
 * @param base Path of what `parse` reads: its own paths start below.
 * @throws MillraceError MILLRACE_SETTING_INVALID, MILLRACE_SETTING_UNKNOWN, MILLRACE_SETTING_REFUSED, MILLRACE_MAPPING_REFUSED
 */
export function parseAt<Value>(base: SettingPath, origins: Origins, parse: () => Value): Value {
  try {
    return parse()
  } catch (error) {
    if (error instanceof SettingError) throw toMillraceError(error.problem, base, origins)
    if (error instanceof ApiError) throw toMappingError(error, base, origins)
    throw error
  }
}

/** The error for one problem, with the path and the origin of its setting. */
export function toMillraceError(
  problem: SettingProblem,
  base: SettingPath,
  origins: Origins,
): MillraceError {
  const path = [...base, ...problem.path]
  const setting = pathText(path) || 'the configuration'
  switch (problem.type) {
    case 'unknown':
      return MillraceError.of('MILLRACE_SETTING_UNKNOWN', {
        setting,
        origin: originSuffix(origins.ofName(path)),
        allowed: problem.allowed.join(', '),
        suggestion: suggestion(String(path.at(-1)), problem.allowed),
      })
    case 'missing':
      return invalidSetting(setting, origins.of(base), {
        expected: describeRule(problem.rule),
        actual: 'nothing',
      })
    case 'invalid':
      return invalidSetting(setting, origins.of(path), {
        expected: describeRule(problem.rule),
        actual: describeValue(problem.value, problem.rule),
      })
    case 'invalid-name':
      return invalidSetting(`the name ${setting}`, origins.ofName(path), {
        expected: describeRule(problem.rule),
        actual: JSON.stringify(problem.value),
      })
    case 'refused':
      return MillraceError.of('MILLRACE_SETTING_REFUSED', {
        setting,
        origin: originSuffix(origins.of(path)),
        reason: problem.message,
      })
    default:
      return unreachable(problem)
  }
}

/** The API's refusal of a mapping, said with the place. `hint` follows AWS's text. */
export function toMappingError(
  error: ApiError,
  base: SettingPath,
  origins: Origins,
  hint = '',
): MillraceError {
  const { problem } = error
  if (problem && problem.type !== 'refused') return toMillraceError(problem, base, origins)
  const path = [...base, ...error.path]
  return MillraceError.of(
    'MILLRACE_MAPPING_REFUSED',
    {
      mapping: pathText(path),
      origin: originSuffix(origins.of(path)),
      reason: `${error.message}${hint}`,
    },
    error,
  )
}

function invalidSetting(
  setting: string,
  origin: Origin,
  facts: { readonly expected: string; readonly actual: string },
): MillraceError {
  return MillraceError.of('MILLRACE_SETTING_INVALID', {
    setting,
    origin: originSuffix(origin),
    ...facts,
  })
}

/** ` (millrace.yaml:12:5)`; nothing for what a program gave, since its own stack says it. */
function originSuffix(origin: Origin): string {
  return origin.type === 'program' || origin.type === 'default' ? '' : ` (${originText(origin)})`
}
