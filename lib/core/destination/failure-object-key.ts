import { isoMilliseconds, isoSeconds } from '../timestamp.ts'
import type { FailedBatch } from './failed-batch.ts'

/**
 * Key of the S3 object that a failure document becomes: `aws/lambda/<UUID of the mapping>/<shard>/YYYY/MM/DD/
 * YYYY-MM-DDTHH.MM.SS-<UUID>`. AWS draws the last UUID; ours is the same at each delivery of one batch, so that a
 * delivery that is made again replaces its object.
 * @param uuid of the batch, not of its mapping.
 * @source aws-semantics §4.6
 */
export function failureObjectKey(failed: FailedBatch, uuid: string): string {
  const day = isoMilliseconds(failed.discardedAt).slice(0, 'YYYY-MM-DD'.length)
  const second = isoSeconds(failed.discardedAt).slice(0, -1).replaceAll(':', '.')
  return `aws/lambda/${failed.mapping}/${failed.shardId}/${day.replaceAll('-', '/')}/${second}-${uuid}`
}
