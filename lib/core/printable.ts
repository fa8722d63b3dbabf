const UNPRINTABLE = /[^\P{Cc}\t]|[\p{Zl}\p{Zp}\p{Bidi_Control}]/gu

/**
 * Text of handlers, records and servers as it may stand in a line of ours: what would move a cursor, turn the direction of
 * writing or begin a line is escaped as in JSON. A tab stays.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    if (character === '\n') return '\\n'
    if (character === '\r') return '\\r'
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}
