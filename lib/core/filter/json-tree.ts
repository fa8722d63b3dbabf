/**
 * JSON that keeps what `JSON.parse` loses and a pattern's refusals need: a name that is given twice, and how a number
 * is written.
 */
export type JsonTree =
  | { readonly type: 'object'; readonly members: readonly (readonly [string, JsonTree])[] }
  /** `text` as it is written. */
  | { readonly type: 'list'; readonly items: readonly JsonTree[]; readonly text: string }
  | { readonly type: 'number'; readonly text: string }
  | { readonly type: 'literal'; readonly value: string | boolean | null }

const TOKEN = /"(?:[^"\\]|\\.)*"|[[\]{}]|[^\s[\]{}:,"]+/g

/**
 * Reads a JSON text.
 *
 * @throws SyntaxError where it is no JSON.
 */
export function readJsonTree(text: string): JsonTree {
  // The grammar is checked here, so that the reader below need not.
  JSON.parse(text)
  const tokens = [...text.matchAll(TOKEN)]
  let at = 0
  const next = (): string => tokens[at++]![0]
  const isAhead = (token: string): boolean => tokens[at]![0] === token

  function readObject(): JsonTree {
    const members: [string, JsonTree][] = []
    while (!isAhead('}')) members.push([JSON.parse(next()) as string, readValue()])
    at++
    return { type: 'object', members }
  }
  function readList(): JsonTree {
    const start = tokens[at - 1]!.index
    const items: JsonTree[] = []
    while (!isAhead(']')) items.push(readValue())
    const end = tokens[at++]!.index + 1
    return { type: 'list', items, text: text.slice(start, end) }
  }
  function readValue(): JsonTree {
    const token = next()
    if (token === '{') return readObject()
    if (token === '[') return readList()
    if (/^[-\d]/.test(token)) return { type: 'number', text: token }
    return { type: 'literal', value: JSON.parse(token) as string | boolean | null }
  }
  return readValue()
}
