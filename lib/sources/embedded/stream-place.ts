import type { StreamArn } from '../../core/ids.ts'

/** Where an embedded stream says it lives. */
export type StreamPlace = {
  readonly name: string
  readonly streamArn: StreamArn
  readonly region: string
}

/** @source contract §5 */
export function streamArnOf(stream: {
  readonly name: string
  readonly region: string
  readonly account: string
  /** Creation time, ISO without zone. */
  readonly label: string
}): StreamArn {
  const { name, region, account, label } = stream
  return `arn:aws:dynamodb:${region}:${account}:table/${name}/stream/${label}` as StreamArn
}
