import type { RequestHead } from '../../lib/api/guard/request-head.ts'

/** A head as its lines say: `GET /livez`, then `Name: value`. */
export function headFrom(line: string, headers: readonly string[] = []): RequestHead {
  const [method = '', target = ''] = line.split(' ')
  const values = new Map<string, string[]>()
  for (const header of headers) {
    const colon = header.indexOf(':')
    const name = header.slice(0, colon).toLowerCase()
    values.set(name, [...(values.get(name) ?? []), header.slice(colon + 1).trim()])
  }
  return { method, target, headers: values }
}
