/** Services that failure documents are sent to. @source aws-semantics §1.3, §4.6 */
export type DestinationService = 'sqs' | 'sns' | 's3'

/** A queue, a topic or a bucket. */
export type DestinationArn = {
  readonly service: DestinationService
  readonly arn: string
  readonly partition: string
  /** Empty for a bucket. */
  readonly region: string
  readonly account: string
  /** Of the queue, the topic or the bucket. */
  readonly name: string
}

const ARN = /^arn:(aws[a-zA-Z-]*):(sqs|sns|s3):([a-z0-9-]*):(\d{12}|):([^\s:/]{1,256})$/
const NAME: Readonly<Record<DestinationService, RegExp>> = {
  sqs: /^[a-zA-Z0-9_-]{1,80}$/,
  sns: /^[a-zA-Z0-9_-]{1,256}$/,
  s3: /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
}

export type DestinationParsing =
  | { readonly type: 'destination'; readonly destination: DestinationArn }
  | { readonly type: 'refused'; readonly reason: string }

/** Reads a destination's ARN. Those of FIFO queues and topics are refused, as by AWS. @source aws-semantics §1.4 */
export function parseDestinationArn(text: string): DestinationParsing {
  const parts = ARN.exec(text)
  if (!parts) return refused('it is no ARN of an SQS queue, an SNS topic or an S3 bucket')
  const [, partition = '', word = '', region = '', account = '', name = ''] = parts
  const service = word as DestinationService
  if (name.endsWith('.fifo') && service !== 's3')
    return refused(`FIFO ${service === 'sqs' ? 'queues' : 'topics'} are not supported`)
  const isPlaced = region !== '' && account !== ''
  if (service === 's3' ? region !== '' || account !== '' : !isPlaced)
    return refused(
      service === 's3'
        ? 'the ARN of a bucket has no region and no account'
        : 'it needs a region and an account',
    )
  if (!NAME[service].test(name)) return refused(`${JSON.stringify(name)} is no name of it`)
  const destination = { service, arn: text, partition, region, account, name }
  return { type: 'destination', destination }
}

const refused = (reason: string): DestinationParsing => ({ type: 'refused', reason })
