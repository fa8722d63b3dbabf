import { Packr } from 'msgpackr'

/** Plain maps, no records and no shared structures: every value can be read by itself. */
const packr = new Packr({ useRecords: false, mapsAsObjects: true, variableMapSize: true })

/** A plain value as MessagePack. */
export function pack(value: unknown): Buffer {
  return packr.pack(value)
}

/** The value in `bytes`. @throws Error if they are no MessagePack. */
export function unpack(bytes: Uint8Array): unknown {
  return packr.unpack(bytes)
}
