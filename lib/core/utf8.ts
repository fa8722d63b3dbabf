const encoder = new TextEncoder()
/** Written over and over: a large text would need as much memory again only to be measured. */
const scratch = new Uint8Array(1 << 16)
/** UTF-16 units whose bytes surely fit. */
const STEP = Math.floor(scratch.length / 3)

/** Bytes of a text in UTF-8. A lone surrogate counts three, as it is written. */
export function utf8Length(text: string): number {
  let bytes = 0
  for (let at = 0; at < text.length; ) {
    const { read, written } = encoder.encodeInto(text.slice(at, at + STEP), scratch)
    // The halves of a pair at the border are not to be measured apart.
    const cutsPair = at + read < text.length && isHighSurrogate(text.charCodeAt(at + read - 1))
    bytes += cutsPair ? written - 3 : written
    at += cutsPair ? read - 1 : read
  }
  return bytes
}

const isHighSurrogate = (code: number): boolean => code >= 0xd800 && code < 0xdc00
