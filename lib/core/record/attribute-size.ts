const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** Bytes that DynamoDB counts for a number, or `undefined` where `text` is none. @source DynamoDB's item size rules */
export function maybeNumberBytes(text: string): number | undefined {
  let first = -1
  let last = -1
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x30 || code > 0x39) return maybeSignedNumberBytes(text)
    if (code !== 0x30) {
      if (first < 0) first = i
      last = i
    }
  }
  if (text.length === 0) return undefined
  return first < 0 ? 1 : ((last - first + 2) >> 1) + 1
}

function maybeSignedNumberBytes(text: string): number | undefined {
  if (!NUMBER.test(text)) return undefined
  const mantissa = text.replace(/[eE].*$/, '')
  const significant = mantissa.replace(/[+.-]/g, '').replace(/^0+|0+$/g, '').length
  return significant === 0 ? 1 : ((significant + 1) >> 1) + 1 + (text.startsWith('-') ? 1 : 0)
}

/** Bytes behind a base64 text, or `undefined` where it is none. */
export function maybeBinaryBytes(text: string): number | undefined {
  if (!BASE64.test(text)) return undefined
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  return (text.length / 4) * 3 - padding
}
