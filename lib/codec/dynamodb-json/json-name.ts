import { hasOwnBytes } from '../../core/filter/field-tree.ts'

/**
 * A text to look for, and the bytes it has when written without escapes; none where other bytes are read as the same
 * text.
 */
export type JsonName = { readonly text: string; readonly bytes: Uint8Array | undefined }

export function jsonName(text: string): JsonName {
  return { text, bytes: hasOwnBytes(text) ? Buffer.from(text, 'utf8') : undefined }
}
