import { laneOf, orderHash } from '../../lib/core/lane/lane-hash.ts'
import { canonicalOrderKey } from '../../lib/core/lane/order-key.ts'
import { partitionKeyOf } from './workload.ts'

/** Lane of the key with this number. */
export function laneOfKey(keyNumber: number, lanes: number): number {
  const keys = { pk: { S: partitionKeyOf(keyNumber) } }
  return laneOf(orderHash(canonicalOrderKey(keys, 'pk')), lanes)
}

/** How much faster so many lanes can be than one, when each key has as many records: keys by keys of the fullest lane. */
export function keyBound(keys: number, lanes: number): number {
  const counts = new Array<number>(lanes).fill(0)
  for (let key = 0; key < keys; key++) counts[laneOfKey(key, lanes)]!++
  return keys / Math.max(...counts)
}
