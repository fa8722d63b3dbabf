import { maybeSequenceNumber, type SequenceNumber } from '../ids.ts'

/** What is wrong with a file, and where. */
export class Refusal extends Error {
  readonly path: string
  readonly expected: string

  constructor(path: string, expected: string) {
    super(`${path} must be ${expected}`)
    this.path = path
    this.expected = expected
  }
}

/** A value of a file that anybody may have written, and where it stands. */
export class Member {
  readonly #value: unknown
  readonly #path: string

  constructor(value: unknown, path: string) {
    this.#value = value
    this.#path = path
  }

  refuse(expected: string): never {
    throw new Refusal(this.#path === '' ? 'the file' : this.#path, expected)
  }

  get isNull(): boolean {
    return this.#value === null
  }

  /** The members of an object that has these, maybe the optional ones, and no others. */
  members<Name extends string, Optional extends string = never>(
    names: readonly Name[],
    optional: readonly Optional[] = [],
  ): Readonly<Record<Name | Optional, Member>> {
    const value = this.#object()
    const all: readonly string[] = [...names, ...optional]
    const unknown = Object.keys(value).find((name) => !all.includes(name))
    if (unknown !== undefined) this.refuse(`without ${unknown}`)
    const members = all.map((name) => [name, this.#member(name, value[name])])
    return Object.fromEntries(members) as Record<Name | Optional, Member>
  }

  get isAbsent(): boolean {
    return this.#value === undefined
  }

  list<Item>(itemOf: (item: Member) => Item): Item[] {
    if (!Array.isArray(this.#value)) return this.refuse('a list')
    return this.#value.map((item, i) => itemOf(new Member(item, `${this.#path}[${i}]`)))
  }

  entries<Item>(itemOf: (item: Member) => Item): [string, Item][] {
    return Object.entries(this.#object()).map(([name, item]) => [
      name,
      itemOf(this.#member(name, item)),
    ])
  }

  #object(): Readonly<Record<string, unknown>> {
    const value = this.#value
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return this.refuse('an object')
    return value as Record<string, unknown>
  }

  #member(name: string, value: unknown): Member {
    return new Member(value, this.#path === '' ? name : `${this.#path}.${name}`)
  }

  text(): string {
    return typeof this.#value === 'string' && this.#value !== ''
      ? this.#value
      : this.refuse('a text that is not empty')
  }

  json(): string {
    try {
      JSON.parse(this.text())
      return this.text()
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      return this.refuse('JSON, as a text')
    }
  }

  count(max = Number.MAX_SAFE_INTEGER): number {
    const value = this.#value
    const isCount =
      Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= max
    return isCount ? (value as number) : this.refuse('a whole number of 0 or more')
  }

  flag(): boolean {
    return typeof this.#value === 'boolean' ? this.#value : this.refuse('true or false')
  }

  sequenceNumber(): SequenceNumber {
    return (
      maybeSequenceNumber(this.#value) ??
      this.refuse('a sequence number: decimal digits, as a text')
    )
  }

  exactly<Value extends string | number>(...values: readonly Value[]): Value {
    const found = values.find((value) => value === this.#value)
    return found ?? this.refuse(values.map((value) => JSON.stringify(value)).join(' or '))
  }
}
