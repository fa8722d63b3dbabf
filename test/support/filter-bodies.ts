import { RecordMatcher } from '../../lib/codec/dynamodb-json/record-matcher.ts'
import { BodyWriter } from '../../lib/codec/segment/body-writer.ts'
import {
  createSegmentDecoder,
  type SegmentDecoder,
} from '../../lib/codec/segment/segment-decoder.ts'
import { StructureTable } from '../../lib/codec/segment/structure-table.ts'
import { compileFilter, type Filter } from '../../lib/core/filter/filter.ts'
import type { StreamArn } from '../../lib/core/ids.ts'

export const STREAM_ARN =
  'arn:aws:dynamodb:us-east-1:000000000000:table/orders/stream/2026' as StreamArn

/** The compiled filter of these patterns. @throws where one is refused */
export function filterOf(...patterns: readonly object[]): Filter {
  const compiled = compileFilter(patterns.map((pattern) => JSON.stringify(pattern)))
  if (compiled.type !== 'compiled') throw new Error(JSON.stringify(compiled))
  return compiled.filter
}

/** What the matcher of `dynamodb-json` bodies says of a record as the server writes it. */
export function jsonAnswer(filter: Filter, wire: object): boolean | undefined {
  // Not the first and not the last in its memory, as in a lane.
  const bytes = Buffer.from(`{},${JSON.stringify(wire)},{}`)
  return new RecordMatcher(filter, STREAM_ARN).match(bytes, 3, bytes.length - 3)
}

export type SegmentBody = { readonly bytes: Buffer; readonly start: number; readonly end: number }

/** Bodies of the `segment` format around any JSON value, which the encoder would refuse. */
export class LooseSegment {
  readonly decoder: SegmentDecoder = createSegmentDecoder({
    structures: [],
    streamArn: STREAM_ARN,
    region: 'us-east-1',
    viewType: 'NEW_IMAGE',
    eventIdPrefix: '0123456789abcdef',
  })
  readonly #table = new StructureTable([])

  /** An INSERT. @param dynamodb without what bodies leave out. */
  body(dynamodb: object): SegmentBody {
    const writer = new BodyWriter()
    writer.utf8('before')
    writer.byte(0)
    this.#write(writer, dynamodb)
    const end = writer.position
    writer.utf8('behind')
    this.decoder.extendStructures(this.#table.structures)
    return { bytes: writer.bytes, start: 'before'.length, end }
  }

  #write(writer: BodyWriter, value: unknown): void {
    if (value === null) writer.byte(0xc0)
    else if (typeof value === 'boolean') writer.byte(value ? 0xc3 : 0xc2)
    else if (typeof value === 'number') writer.number(value)
    else if (typeof value === 'string') writer.text(value)
    else if (Array.isArray(value)) {
      writer.list(value.length)
      for (const element of value) this.#write(writer, element)
    } else this.#object(writer, value as Readonly<Record<string, unknown>>)
  }

  #object(writer: BodyWriter, value: Readonly<Record<string, unknown>>): void {
    const names = Object.keys(value)
    const shape = this.#table.find(names)
    if (shape) writer.structure(shape.id)
    else writer.map(names.length)
    for (const name of names) {
      if (!shape) writer.text(name)
      this.#write(writer, value[name])
    }
  }
}
