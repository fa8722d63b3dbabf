import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  type YAMLMap,
} from 'yaml'
import { MillraceError } from '../core/errors.ts'
import { CONFIGURATION_DEPTH_MAX, CONFIGURATION_VALUES_MAX } from '../core/limits.ts'
import type { SettingPath } from '../core/mapping/setting-rule.ts'
import { Origins } from './origin.ts'

/** What a file says, and where. Maps are objects without prototype, so a name such as `__proto__` is only a name. */
export type ConfigurationDocument = { readonly value: unknown; readonly origins: Origins }

type Reading = {
  readonly file: string
  readonly document: Document
  readonly lines: LineCounter
  readonly origins: Origins
  valueCount: number
}

/**
 * Reads YAML 1.2 or, where the file's name ends in `.json`, JSON. A duplicate key, an unknown tag and a
 * second document are errors.
 *
 * @throws MillraceError MILLRACE_CONFIG_MALFORMED with the line and the column.
 */
export function readDocument(text: string, file: string): ConfigurationDocument {
  const source = text.startsWith('\uFEFF') ? text.slice(1) : text
  const lines = new LineCounter()
  const document = parse(source, file, lines)
  if (file.endsWith('.json')) refuseBadJson(source, file, document)
  const problem = document.errors[0] ?? document.warnings[0]
  if (problem) {
    const [offset] = problem.pos
    throw malformed(file, lines.linePos(offset), reasonOf(problem, source.slice(offset)))
  }
  const reading = { file, document, lines, origins: new Origins(), valueCount: 0 }
  return { value: readNode(document.contents, [], reading), origins: reading.origins }
}

/** In words for people: the parser's own where they are. */
function reasonOf(
  { code, message }: { readonly code: string; readonly message: string },
  at: string,
) {
  if (code === 'DUPLICATE_KEY') return `duplicate key ${/^["']?[^"':,\s]+/.exec(at)?.[0] ?? ''}`
  if (code === 'MULTIPLE_DOCS') return 'a second document begins here: only one is allowed'
  return message
    .replace('Missing closing "quote', 'Missing closing "')
    .replace("Missing closing 'quote", "Missing closing '")
}

function parse(source: string, file: string, lineCounter: LineCounter): Document {
  try {
    // Pretty errors would repeat the position inside the message.
    return parseDocument(source, { lineCounter, prettyErrors: false })
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    // The parser recurses: a text that nests without end meets the end of the stack.
    throw malformed(file, { line: 1, col: 1 }, 'nested too deeply')
  }
}

/** YAML takes nearly all of JSON and much more: the positions come from it, the grammar from here. */
function refuseBadJson(source: string, file: string, document: Document): void {
  try {
    JSON.parse(source)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const offset = jsonErrorOffset(message, source) ?? document.errors[0]?.pos[0] ?? 0
    const before = source.slice(0, offset).split('\n')
    const at = { line: before.length, col: before.at(-1)!.length + 1 }
    const reason = message.replace(/( in JSON)? at position \d+.*$|, (\.{3})?".*$/s, '')
    throw malformed(file, at, reason)
  }
}

/** Node tells the place in some of its messages, and a piece of the text in others. */
function jsonErrorOffset(message: string, source: string): number | undefined {
  const position = /at position (\d+)/.exec(message)?.[1]
  if (position !== undefined) return Number(position)
  if (message.startsWith('Unexpected end')) return source.length
  const [, token, before, piece] =
    /^Unexpected token '(.)', (\.{3})?"(.*)"(?:\.{3})? is not valid JSON$/s.exec(message) ?? []
  if (token === undefined || piece === undefined) return undefined
  const offset = source.indexOf(piece)
  // With text cut off before it, the token stands behind ten characters.
  return offset < 0 ? undefined : offset + Math.max(piece.indexOf(token, before ? 10 : 0), 0)
}

function readNode(node: unknown, path: SettingPath, reading: Reading): unknown {
  reading.valueCount++
  if (reading.valueCount > CONFIGURATION_VALUES_MAX) {
    const reason = `more than ${CONFIGURATION_VALUES_MAX} values, aliases counted each time`
    throw malformed(reading.file, position(node, reading), reason)
  }
  if (path.length > CONFIGURATION_DEPTH_MAX) {
    throw malformed(reading.file, position(node, reading), 'nested too deeply')
  }
  const { line, col: column } = position(node, reading)
  reading.origins.set(path, { type: 'file', file: reading.file, line, column })
  if (isAlias(node)) {
    const target = node.resolve(reading.document)
    if (target) return readNode(target, path, reading)
    throw malformed(reading.file, { line, col: column }, `unknown alias *${node.source}`)
  }
  if (isMap(node)) return readMap(node, path, reading)
  if (isSeq(node)) return node.items.map((item, i) => readNode(item, [...path, i], reading))
  return isScalar(node) ? node.value : null
}

function readMap(map: YAMLMap, path: SettingPath, reading: Reading): unknown {
  const value: Record<string, unknown> = Object.create(null)
  for (const pair of map.items) {
    const name = readName(pair, reading)
    const here = [...path, name]
    if (name in value) {
      // Two spellings of one name, such as 1 and "1": the parser compares values, not names.
      throw malformed(reading.file, position(pair.key, reading), `duplicate key ${name}`)
    }
    value[name] = readNode(pair.value, here, reading)
    const { line, col: column } = position(pair.key, reading)
    const origin = { type: 'file', file: reading.file, line, column } as const
    reading.origins.setName(here, origin)
    if (!pair.value) reading.origins.set(here, origin)
  }
  return value
}

function readName(pair: Pair, reading: Reading): string {
  const { key } = pair
  if (isScalar(key)) return typeof key.value === 'string' ? key.value : (key.source ?? '')
  throw malformed(reading.file, position(key, reading), 'a key must be a plain name')
}

function position(node: unknown, { lines }: Reading): { line: number; col: number } {
  if (typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)) {
    const [offset]: unknown[] = node.range
    if (typeof offset === 'number') return lines.linePos(offset)
  }
  return { line: 1, col: 1 }
}

function malformed(
  file: string,
  { line, col }: { readonly line: number; readonly col: number },
  reason: string,
): MillraceError {
  return MillraceError.of('MILLRACE_CONFIG_MALFORMED', {
    file,
    // An empty text has no lines: linePos answers 0.
    line: Math.max(line, 1),
    column: Math.max(col, 1),
    reason,
  })
}
