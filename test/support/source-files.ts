import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export type SourceFile = {
  /** From the root of the project, with `/`. */
  readonly path: string
  readonly text: string
  /** A line break at the end begins no line. */
  readonly lines: readonly string[]
}

const SOURCE = /\.(ts|mts|mjs|cjs|js)$/

/** The source files below these folders, by path; what programs wrote there is none. */
export function sourceFiles(...folders: readonly string[]): readonly SourceFile[] {
  return folders
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
    )
    .filter((path) => SOURCE.test(path) && !/(^|\/)(\.[^/]+|node_modules)\//.test(path))
    .sort()
    .map((path) => {
      const text = readFileSync(path, 'utf8')
      return { path, text, lines: text.replace(/\n$/, '').split('\n') }
    })
}
