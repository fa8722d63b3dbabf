import { unreachable } from '../invariant.ts'
import { maybeBytes, maybeDurationMs } from './quantities.ts'
import {
  type Checked,
  type IntegerRule,
  type ListRule,
  type MapRule,
  type Member,
  type ObjectRule,
  type Rule,
  SettingError,
  type SettingPath,
  type SettingProblem,
  type TextRule,
} from './setting-rule.ts'

export type CheckOptions = {
  /** What `null` means: nothing given, as the API has it, or a value like any other. */
  readonly null: 'absent' | 'a-value'
}

export type Checking<R extends Rule> =
  | { readonly type: 'valid'; readonly value: Checked<R> }
  /** In the order of the text; at least one. */
  | { readonly type: 'invalid'; readonly problems: readonly SettingProblem[] }

type Run = { readonly problems: SettingProblem[]; readonly options: CheckOptions }

/**
 * Checks `input` against `rule` and fills in defaults. Nothing is coerced and nothing is dropped.
 *
 * @source style T8
 */
export function checkSetting<R extends Rule>(
  input: unknown,
  rule: R,
  options: CheckOptions = { null: 'a-value' },
): Checking<R> {
  const problems: SettingProblem[] = []
  const value = check(input, rule, [], { problems, options })
  if (problems.length > 0) return { type: 'invalid', problems }
  // The one place where the table's type and its run-time meaning meet.
  return { type: 'valid', value: value as Checked<R> }
}

/** @returns the checked value. @throws SettingError with the first problem; what is not supported comes first. */
export function parseSetting<R extends Rule>(input: unknown, rule: R): Checked<R> {
  const unsupported = findUnsupported(input, rule)
  if (unsupported) throw new SettingError(unsupported)
  const checking = checkSetting(input, rule)
  if (checking.type === 'valid') return checking.value
  throw new SettingError(checking.problems[0]!)
}

/**
 * The first setting that is known and refused, or legal by its rule and not carried out by this version.
 * Values that break their rule are passed over: {@link checkSetting} finds them.
 */
export function findUnsupported(
  input: unknown,
  rule: Rule,
  path: SettingPath = [],
): SettingProblem | undefined {
  if (input === undefined || input === null) return undefined
  switch (rule.kind) {
    case 'refused':
      return { type: 'refused', path, message: rule.message }
    case 'list':
      if (!Array.isArray(input)) return undefined
      return firstOf(input.entries(), ([i, item]) => findUnsupported(item, rule.of, [...path, i]))
    case 'map':
      if (!isPlainObject(input)) return undefined
      return firstOf(Object.entries(input), ([name, item]) =>
        findUnsupported(item, rule.of, [...path, name]),
      )
    case 'object':
      if (!isPlainObject(input)) return undefined
      return firstOf(Object.entries(rule.members), ([name, member]) =>
        findUnsupportedMember(given(input, name), member, [...path, name]),
      )
    default:
      return undefined
  }
}

function findUnsupportedMember(
  value: unknown,
  { only, rule }: Member,
  path: SettingPath,
): SettingProblem | undefined {
  const isGiven = value !== undefined && value !== null
  if (only && isGiven && JSON.stringify(value) !== JSON.stringify(only.value)) {
    return { type: 'refused', path, message: only.message }
  }
  return findUnsupported(value, rule, path)
}

function firstOf<Item, Found>(
  items: Iterable<Item>,
  find: (item: Item) => Found | undefined,
): Found | undefined {
  for (const item of items) {
    const found = find(item)
    if (found !== undefined) return found
  }
  return undefined
}

/** An object that is neither a list nor something with behaviour. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** The own member of that name: never one that every object inherits. */
function given(input: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(input, name) ? input[name] : undefined
}

function check(value: unknown, rule: Rule, path: SettingPath, run: Run): unknown {
  switch (rule.kind) {
    case 'object':
      return isPlainObject(value) ? checkMembers(value, rule, path, run) : invalid()
    case 'map':
      return isPlainObject(value) ? checkEntries(value, rule, path, run) : invalid()
    case 'list':
      return isListOf(value, rule)
        ? value.map((item, i) => check(item, rule.of, [...path, i], run))
        : invalid()
    case 'refused':
      // What is given here is judged by findUnsupported, after or before this as the caller has it.
      return value === null ? invalid() : undefined
    case 'bytes':
    case 'duration':
    case 'integer':
    case 'boolean':
    case 'text':
    case 'choice':
      return checkScalar(value, rule) ?? invalid()
    default:
      return unreachable(rule)
  }
  function invalid(): undefined {
    run.problems.push({ type: 'invalid', path, rule, value })
  }
}

type ScalarRule = Exclude<Rule, { kind: 'object' | 'map' | 'list' | 'refused' }>

/** @returns the value, or `undefined` where it is none of the rule's. */
function checkScalar(value: unknown, rule: ScalarRule): unknown {
  switch (rule.kind) {
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined
    case 'integer':
      return checkInteger(value, rule)
    case 'bytes':
      return within(maybeBytes(value), rule.min, rule.max)
    case 'duration':
      return within(maybeDurationMs(value), rule.msMin, rule.msMax)
    case 'text':
      return checkText(value, rule)
    case 'choice':
      return typeof value === 'string' && rule.values.includes(value) ? value : undefined
    default:
      return unreachable(rule)
  }
}

function checkInteger(value: unknown, { min, max, except }: IntegerRule): number | undefined {
  if (!isInteger(value)) return undefined
  if (except && within(value, except.from, except.to) !== undefined) return undefined
  return within(value, min, max)
}

function checkText(value: unknown, rule: TextRule): string | undefined {
  if (typeof value !== 'string') return undefined
  const { lengthMin = 0, lengthMax = Number.POSITIVE_INFINITY, pattern } = rule
  if (within(value.length, lengthMin, lengthMax) === undefined) return undefined
  return pattern && !pattern.test(value) ? undefined : value
}

function within(value: number | undefined, min: number, max: number): number | undefined {
  return value !== undefined && value >= min && value <= max ? value : undefined
}

function isInteger(value: unknown): value is number {
  return Number.isSafeInteger(value)
}

function isListOf(value: unknown, rule: ListRule): value is readonly unknown[] {
  const { countMin = 0, countMax = Number.POSITIVE_INFINITY } = rule
  return Array.isArray(value) && value.length >= countMin && value.length <= countMax
}

function checkMembers(
  input: Readonly<Record<string, unknown>>,
  rule: ObjectRule,
  path: SettingPath,
  run: Run,
): unknown {
  for (const name of Object.keys(input)) {
    if (Object.hasOwn(rule.members, name)) continue
    const allowed = Object.keys(rule.members).filter(
      (known) => rule.members[known]!.rule.kind !== 'refused',
    )
    run.problems.push({ type: 'unknown', path: [...path, name], allowed })
  }
  const checked: Record<string, unknown> = Object.create(null)
  for (const [name, member] of Object.entries(rule.members)) {
    const value = checkMember(given(input, name), member, [...path, name], run)
    if (value !== undefined) checked[name] = value
  }
  const { exactlyOneOf } = rule
  if (
    exactlyOneOf &&
    exactlyOneOf.filter((name) => given(input, name) !== undefined).length !== 1
  ) {
    const message = `give exactly one of ${exactlyOneOf.join(', ')}`
    run.problems.push({ type: 'refused', path, message })
  }
  return checked
}

function checkMember(value: unknown, member: Member, path: SettingPath, run: Run): unknown {
  const absent = value === undefined || (value === null && run.options.null === 'absent')
  if (!absent) return check(value, member.rule, path, run)
  if (member.default !== undefined) return check(member.default, member.rule, path, run)
  if (member.required) run.problems.push({ type: 'missing', path, rule: member.rule })
  return undefined
}

function checkEntries(
  input: Readonly<Record<string, unknown>>,
  rule: MapRule,
  path: SettingPath,
  run: Run,
): ReadonlyMap<string, unknown> {
  const entries = new Map<string, unknown>()
  for (const [name, value] of Object.entries(input)) {
    const here = [...path, name]
    if (checkScalar(name, rule.name) === undefined) {
      run.problems.push({ type: 'invalid-name', path: here, rule: rule.name, value: name })
    }
    entries.set(name, check(value, rule.of, here, run))
  }
  return entries
}
