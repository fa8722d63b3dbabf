import { unreachable } from '../invariant.ts'
import type { IntegerRule, Rule, SettingPath, TextRule } from './setting-rule.ts'

const SHOWN_LENGTH_MAX = 80

/** `Mappings[0].BatchSize` */
export function pathText(path: SettingPath): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`
    return text === '' ? part : `${text}.${part}`
  }, '')
}

/** What is allowed, to stand after "must be": `an integer from 1 to 10000`. */
export function describeRule(rule: Rule): string {
  switch (rule.kind) {
    case 'integer':
      return describeInteger(rule)
    case 'boolean':
      return 'true or false'
    case 'text':
      return describeText(rule)
    case 'choice': {
      const values = rule.values.filter((value) => !rule.elsewhere?.includes(value))
      return values.length === 1 ? `${values[0]}` : `one of ${values.join(', ')}`
    }
    case 'bytes':
      return `a size from ${bytesText(rule.min)} to ${bytesText(rule.max)}, such as 12MB`
    case 'duration':
      return `a duration from ${durationText(rule.msMin)} to ${durationText(rule.msMax)}, such as 200ms`
    case 'list':
      return `a list of ${countText(rule.countMin ?? 0, rule.countMax)} (each ${describeRule(rule.of)})`
    case 'map':
      return 'a map of names to values'
    case 'object':
      return `a map with the keys ${Object.keys(rule.members)
        .filter((name) => rule.members[name]!.rule.kind !== 'refused')
        .join(', ')}`
    case 'refused':
      return 'absent'
    default:
      return unreachable(rule)
  }
}

/** A value as it is shown in a message: JSON, cut, and never one that may be a secret. */
export function describeValue(value: unknown, rule: Rule): string {
  if (rule.kind === 'text' && rule.secret) return `a ${value === null ? 'null' : typeof value}`
  if (value === undefined) return 'nothing'
  if (typeof value === 'function') return 'a function'
  const text = safeJson(value)
  return text.length > SHOWN_LENGTH_MAX ? `${text.slice(0, SHOWN_LENGTH_MAX)}...` : text
}

/** `12MB` for 12,582,912: the largest unit without a remainder. */
export function bytesText(bytes: number): string {
  for (const [unit, factor] of [
    ['GB', 1024 ** 3],
    ['MB', 1024 ** 2],
    ['KB', 1024],
  ] as const) {
    if (bytes >= factor && bytes % factor === 0) return `${bytes / factor}${unit}`
  }
  return `${bytes}B`
}

/** `60s` for 60,000; hours and minutes are not used. */
export function durationText(ms: number): string {
  return ms >= 1000 && ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`
}

function safeJson(value: unknown): string {
  try {
    // A value of a program may hold what JSON cannot carry: a cycle, a bigint.
    return JSON.stringify(value) ?? typeof value
  } catch {
    return `a ${typeof value}`
  }
}

function describeInteger({ min, max, except }: IntegerRule): string {
  if (!except) return `an integer from ${min} to ${max}`
  const low = except.from - 1 === min ? `${min}` : `from ${min} to ${except.from - 1}`
  return `${low} or an integer from ${except.to + 1} to ${max}`
}

function describeText({ expected, lengthMin = 0, lengthMax }: TextRule): string {
  if (expected) return expected
  if (lengthMax === undefined) return lengthMin > 0 ? 'a string that is not empty' : 'a string'
  return `a string of ${lengthMin} to ${lengthMax} characters`
}

function countText(min: number, max: number | undefined): string {
  if (max === undefined) return min === 0 ? 'any length' : `at least ${min}`
  return min === max ? `exactly ${max}` : `${min} to ${max}`
}
