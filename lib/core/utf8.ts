const encoder = new TextEncoder()

/** Bytes of a text in UTF-8. A lone surrogate counts three, as it is written. */
export function utf8Length(text: string): number {
  return encoder.encode(text).length
}
