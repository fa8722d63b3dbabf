import t from 'tap'
import { parseDestinationArn } from '../../../lib/core/destination/destination-arn.ts'

const TAKEN = {
  'arn:aws:sqs:us-east-1:000000000000:failed': ['sqs', 'us-east-1', '000000000000', 'failed'],
  'arn:aws-cn:sqs:cn-north-1:123456789012:A_b-9': ['sqs', 'cn-north-1', '123456789012', 'A_b-9'],
  'arn:aws:sns:eu-west-1:123456789012:topic': ['sns', 'eu-west-1', '123456789012', 'topic'],
  'arn:aws:s3:::bucket.of-mine': ['s3', '', '', 'bucket.of-mine'],
}

for (const [arn, expected] of Object.entries(TAKEN))
  t.test(`§4.6: ${arn} is taken`, (t) => {
    const parsing = parseDestinationArn(arn)
    const [service, region, account, name] = expected
    t.match(parsing, { type: 'destination', destination: { arn, service, region, account, name } })
    t.end()
  })

const NO_ARN = /it is no ARN of an SQS queue, an SNS topic or an S3 bucket/
const REFUSED: readonly (readonly [string, RegExp])[] = [
  ['arn:aws:sqs:us-east-1:000000000000:failed.fifo', /FIFO queues are not supported/],
  ['arn:aws:sns:us-east-1:000000000000:failed.fifo', /FIFO topics are not supported/],
  ['arn:aws:sqs:::failed', /it needs a region and an account/],
  ['arn:aws:sqs:us-east-1:000000000000:a.b', /is no name of it/],
  ['arn:aws:sns:us-east-1:000000000000:topic:subscription', NO_ARN],
  ['arn:aws:s3:us-east-1::bucket', /has no region and no account/],
  ['arn:aws:s3:::Bucket', /is no name of it/],
  ['arn:aws:s3:::bucket/key', NO_ARN],
  ['arn:aws:s3:::../x', NO_ARN],
  ['arn:aws:kinesis:us-east-1:000000000000:stream/s', NO_ARN],
  ['arn:aws:sqs:us-east-1:000000000000:a b', NO_ARN],
  ['kafka://topic', NO_ARN],
  ['', NO_ARN],
]

for (const [arn, reason] of REFUSED)
  t.test(`refused: ${JSON.stringify(arn)}`, (t) => {
    t.match(parseDestinationArn(arn), { type: 'refused', reason })
    t.end()
  })
