/** What programs have made over the API, and what outlives the process: one kind is one namespace of ids. */
export type DefinitionKind =
  | 'mapping'
  | 'function'
  | 'version'
  | 'alias'
  /** What only this data directory knows. */
  | 'secret'

/** `value` is plain data; what it means is its owner's. */
export type Definition = {
  readonly kind: DefinitionKind
  /** Unique within its kind. */
  readonly id: string
  readonly value: unknown
}

/** A definition that is made or changed, or is to be forgotten where it has no value. */
export type DefinitionChange = Pick<Definition, 'kind' | 'id'> & { readonly value?: unknown }

/** Mappings and functions that were made over the API. @source contract §2 (`start` keeps everything that lasts) */
export interface DefinitionStore {
  /** In the order of their ids. */
  definitions(kind: DefinitionKind): readonly Definition[]
  /** All changes or none. Resolves when on disk. @throws MillraceError MILLRACE_DATA_UNWRITABLE */
  saveDefinitions(changes: readonly DefinitionChange[]): Promise<void>
}
