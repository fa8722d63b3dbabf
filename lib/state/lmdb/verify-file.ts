/** @returns what is damaged in an LMDB file, or `undefined`. */
export function verifyEnvironmentFile(_path: string): string | undefined {
  return undefined
}
