import type { SettingPath } from '../core/mapping/setting-rule.ts'

/** Where a value was given. Lines and columns are 1-based. */
export type Origin =
  | {
      readonly type: 'file'
      readonly file: string
      readonly line: number
      readonly column: number
    }
  | { readonly type: 'environment'; readonly variable: string }
  | { readonly type: 'flag'; readonly flag: string }
  /** Given by the program that uses the library. */
  | { readonly type: 'program' }
  | { readonly type: 'default' }

/** `millrace.yaml:12:5`, `MILLRACE_DATA`, `--data`, `default`. */
export function originText(origin: Origin): string {
  switch (origin.type) {
    case 'file':
      return `${origin.file}:${origin.line}:${origin.column}`
    case 'environment':
      return origin.variable
    case 'flag':
      return origin.flag
    case 'program':
    case 'default':
      return origin.type
  }
}

/** Where each value of a configuration was given, by its path. */
export class Origins {
  readonly #values = new Map<string, Origin>()
  readonly #names = new Map<string, Origin>()

  set(path: SettingPath, origin: Origin): void {
    this.#values.set(JSON.stringify(path), origin)
  }

  /** Where the name before the value stands: what an unknown or illegal name is about. */
  setName(path: SettingPath, origin: Origin): void {
    this.#names.set(JSON.stringify(path), origin)
  }

  /** Of the value, or of the nearest that holds it. */
  of(path: SettingPath): Origin {
    const found = this.#values.get(JSON.stringify(path))
    if (found) return found
    return path.length === 0 ? { type: 'program' } : this.of(path.slice(0, -1))
  }

  ofName(path: SettingPath): Origin {
    return this.#names.get(JSON.stringify(path)) ?? this.of(path)
  }
}
