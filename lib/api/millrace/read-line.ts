import { isUtf8 } from 'node:buffer'

/** Why a line holds no JSON. */
export class LineProblem extends Error {
  override readonly name = 'LineProblem'
}

/** @returns what a line holds; undefined for an empty one. @throws LineProblem @source contract §4 */
export function readLine(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new LineProblem('it is not UTF-8')
  const text = bytes.toString('utf8').trim()
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new LineProblem(`it is no JSON: ${(error as Error).message}`)
  }
}
