/** Where a setting stands below its root: names of members and 0-based indexes of lists. */
export type SettingPath = readonly (string | number)[]

export type IntegerRule = {
  readonly kind: 'integer'
  readonly min: number
  readonly max: number
  /** A hole in the range, with the text that AWS answers there. */
  readonly except?: { readonly from: number; readonly to: number; readonly message: string }
}

export type TextRule = {
  readonly kind: 'text'
  readonly lengthMin?: number
  readonly lengthMax?: number
  readonly pattern?: RegExp
  /** What the pattern wants, for people: goes after "must be". */
  readonly expected?: string
  /** The value may be a secret: it is shown nowhere. */
  readonly secret?: true
}

export type ChoiceRule = {
  readonly kind: 'choice'
  /** All that the API knows, in the order of AWS's message. */
  readonly values: readonly string[]
  /** Those of them that streams of DynamoDB do not take; refused by the mapping's rules. */
  readonly elsewhere?: readonly string[]
}

/** What a value must be: one table is read by the parser, the JSON Schema and `config show`. */
export type Rule =
  | IntegerRule
  | TextRule
  | ChoiceRule
  | { readonly kind: 'boolean' }
  /** A size such as `12MB`, or a number of bytes. */
  | { readonly kind: 'bytes'; readonly min: number; readonly max: number }
  /** A duration such as `200ms`. */
  | { readonly kind: 'duration'; readonly msMin: number; readonly msMax: number }
  | ListRule
  | MapRule
  | ObjectRule
  /** Known, and never legal: `message` says why. */
  | { readonly kind: 'refused'; readonly message: string }

export type ListRule = {
  readonly kind: 'list'
  readonly of: Rule
  readonly countMin?: number
  readonly countMax?: number
}

/** Names chosen by the user. */
export type MapRule = { readonly kind: 'map'; readonly of: Rule; readonly name: TextRule }

export type ObjectRule = {
  readonly kind: 'object'
  readonly members: Members
  readonly exactlyOneOf?: readonly string[]
}

export type Member = {
  readonly rule: Rule
  readonly description: string
  /** As the user would write it. A member without default is absent unless given. */
  readonly default?: unknown
  readonly required?: true
  /** All that this version carries out of what the rule allows; anything else is refused with `message`. */
  readonly only?: { readonly value: unknown; readonly message: string }
}

export type Members = Readonly<Record<string, Member>>

/** The value that a checked setting has: sizes in bytes, durations in ms, maps as `Map`. */
export type Checked<R extends Rule> = R extends {
  kind: 'integer' | 'bytes' | 'duration'
}
  ? number
  : R extends { kind: 'boolean' }
    ? boolean
    : R extends { kind: 'text' }
      ? string
      : R extends { kind: 'choice'; values: readonly (infer Value)[] }
        ? Value
        : R extends { kind: 'list'; of: infer Item extends Rule }
          ? readonly Checked<Item>[]
          : R extends { kind: 'map'; of: infer Item extends Rule }
            ? ReadonlyMap<string, Checked<Item>>
            : R extends { kind: 'object'; members: infer M extends Members }
              ? CheckedMembers<M>
              : never

type Certain<M extends Members, Name extends keyof M> = M[Name] extends
  | { default: unknown }
  | { required: true }
  ? Name
  : never

/** Members with a default and required ones are always there. */
export type CheckedMembers<M extends Members> = {
  readonly [Name in keyof M as Certain<M, Name>]: Checked<M[Name]['rule']>
} & {
  readonly [Name in keyof M as Name extends Certain<M, Name> ? never : Name]?: Checked<
    M[Name]['rule']
  >
}

/** What a program may write for a setting: the input of the library, before it is checked. */
export type Given<R extends Rule> = R extends { kind: 'integer' }
  ? number
  : R extends { kind: 'bytes' }
    ? number | string
    : R extends { kind: 'duration' | 'text' }
      ? string
      : R extends { kind: 'boolean' }
        ? boolean
        : R extends { kind: 'choice'; values: readonly (infer Value)[] }
          ? Value
          : R extends { kind: 'list'; of: infer Item extends Rule }
            ? readonly Given<Item>[]
            : R extends { kind: 'map'; of: infer Item extends Rule }
              ? Readonly<Record<string, Given<Item>>>
              : R extends { kind: 'object'; members: infer M extends Members }
                ? GivenMembers<M>
                : never

export type GivenMembers<M extends Members> = {
  readonly [Name in keyof M as M[Name] extends { required: true } ? Name : never]: Given<
    M[Name]['rule']
  >
} & {
  readonly [Name in keyof M as M[Name] extends { required: true } ? never : Name]?:
    | Given<M[Name]['rule']>
    | undefined
}

/** Why a value is not taken. */
export type SettingProblem =
  | { readonly type: 'unknown'; readonly path: SettingPath; readonly allowed: readonly string[] }
  | { readonly type: 'missing'; readonly path: SettingPath; readonly rule: Rule }
  | {
      readonly type: 'invalid'
      readonly path: SettingPath
      readonly rule: Rule
      readonly value: unknown
    }
  /** The name of an entry of a map. */
  | {
      readonly type: 'invalid-name'
      readonly path: SettingPath
      readonly rule: TextRule
      readonly value: string
    }
  | { readonly type: 'refused'; readonly path: SettingPath; readonly message: string }

/** A setting that is not taken. Whoever knows where it was written turns it into an error for people. */
export class SettingError extends Error {
  override readonly name = 'SettingError'
  readonly problem: SettingProblem

  constructor(problem: SettingProblem) {
    super(`${problem.type} setting ${problem.path.join('.')}`)
    this.problem = problem
  }
}
