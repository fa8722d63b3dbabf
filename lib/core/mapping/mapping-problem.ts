import { unreachable } from '../invariant.ts'
import { ApiError } from './api-error.ts'
import { suggestion } from './did-you-mean.ts'
import type { Rule, SettingPath, SettingProblem } from './setting-rule.ts'
import { describeRule } from './setting-text.ts'

/**
 * The API's answer to a member that breaks its rule, in AWS's words where they are recorded.
 *
 * @param input The request, for the list that a bad member stands in.
 * @source aws-semantics §1.4 [N]. The texts for wrong types, unknown members and names in maps are ours, in AWS's form.
 */
export function toApiError(problem: SettingProblem, input: unknown): ApiError {
  const { path } = problem
  switch (problem.type) {
    case 'refused':
      return new ApiError('InvalidParameterValueException', problem.message, path)
    case 'missing':
      return new ApiError(
        'InvalidParameterValueException',
        validationText('null', path, 'Member must not be null.'),
        path,
      )
    case 'unknown': {
      const name = String(path.at(-1))
      const hint = suggestion(name, problem.allowed)
      return new ApiError(
        'ValidationException',
        `Unknown member '${memberPath(path)}'${hint}. Allowed: ${problem.allowed.join(', ')}`,
        path,
      )
    }
    case 'invalid-name':
      return new ApiError(
        'ValidationException',
        validationText(quote(problem.value), path, `Map key must be ${describeRule(problem.rule)}`),
        path,
      )
    case 'invalid':
      return toInvalidMember(problem, input)
    default:
      return unreachable(problem)
  }
}

function toInvalidMember(
  { path, rule, value }: Extract<SettingProblem, { type: 'invalid' }>,
  input: unknown,
): ApiError {
  if (rule.kind === 'integer' && rule.except && isWithin(value, rule.except)) {
    return new ApiError('InvalidParameterValueException', rule.except.message, path)
  }
  if (rule.kind === 'choice' && typeof path.at(-1) === 'number') {
    const list = path.slice(0, -1)
    const constraint = `Member must satisfy constraint: [${enumText(rule.values)}, Member must not be null]`
    const text = validationText(quote(valueAt(input, list)), list, constraint)
    return new ApiError('ValidationException', text, list)
  }
  const text = validationText(quote(value), path, constraintText(rule, value))
  return new ApiError('ValidationException', text, path)
}

/** What the value failed: AWS names the first constraint that does not hold. */
function constraintText(rule: Rule, value: unknown): string {
  if (value === null) return 'Member must not be null'
  switch (rule.kind) {
    case 'integer':
      if (!Number.isSafeInteger(value)) break
      return boundText('value', Number(value), rule)
    case 'choice':
      return enumText(rule.values)
    case 'list':
      if (!Array.isArray(value)) break
      return boundText('length', value.length, { min: rule.countMin ?? 0, max: rule.countMax })
    case 'text': {
      if (typeof value !== 'string') break
      const { lengthMin: min = 0, lengthMax: max } = rule
      if (value.length < min || (max !== undefined && value.length > max)) {
        return boundText('length', value.length, { min, max })
      }
      return `Member must satisfy regular expression pattern: ${awsPattern(rule.pattern!)}`
    }
    default:
      break
  }
  return `Member must be ${describeRule(rule)}`
}

/** AWS prints its patterns without anchors, and slashes as they are. */
export function awsPattern({ source }: RegExp): string {
  return source.replace(/^\^|\$$/g, '').replaceAll('\\/', '/')
}

function boundText(
  what: 'value' | 'length',
  amount: number,
  { min, max }: { readonly min: number; readonly max: number | undefined },
): string {
  return max !== undefined && amount > max
    ? `Member must have ${what} less than or equal to ${max}`
    : `Member must have ${what} greater than or equal to ${min}`
}

function enumText(values: readonly string[]): string {
  return `Member must satisfy enum value set: [${values.join(', ')}]`
}

/** The form of AWS's texts for one member. @source aws-semantics §1.4 [N] */
export function validationText(value: string, path: SettingPath, constraint: string): string {
  return `1 validation error detected: Value ${value} at '${memberPath(path)}' failed to satisfy constraint: ${constraint}`
}

/** `destinationConfig.onFailure.destination`: AWS starts members with a small letter in these texts. */
function memberPath(path: SettingPath): string {
  return path
    .map((part) =>
      typeof part === 'number'
        ? `${part + 1}.member`
        : `${part[0]?.toLowerCase() ?? ''}${part.slice(1)}`,
    )
    .join('.')
}

function quote(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (Array.isArray(value)) return `'[${value.map(plain).join(', ')}]'`
  return `'${plain(value)}'`
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? typeof value)
}

function isWithin(value: unknown, range: { readonly from: number; readonly to: number }): boolean {
  return Number.isSafeInteger(value) && Number(value) >= range.from && Number(value) <= range.to
}

function valueAt(input: unknown, path: SettingPath): unknown {
  let value = input
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined
    value = Reflect.get(value, part)
  }
  return value
}
