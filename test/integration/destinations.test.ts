import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3'
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns'
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import t from 'tap'
import { parseDestinationArn } from '../../lib/core/destination/destination-arn.ts'
import type { FailedBatch } from '../../lib/core/destination/failed-batch.ts'
import {
  failureDocument,
  failureDocumentWithPayload,
} from '../../lib/core/destination/failure-document.ts'
import { openAwsDestination } from '../../lib/destinations/aws/aws-destination.ts'
import { RunningDaemon } from '../support/daemon.ts'
import { millrace } from '../support/millrace-process.ts'
import { freePort, MotoServer } from '../support/moto-server.ts'
import { failedBatchOf } from '../support/state-builders.ts'

const REGION = 'us-east-1'
const ACCOUNT = '123456789012'
const QUEUE = `arn:aws:sqs:${REGION}:${ACCOUNT}:failed`
const TOPIC = `arn:aws:sns:${REGION}:${ACCOUNT}:failed`
const BUCKET = 'arn:aws:s3:::failed'
const credentials = { accessKeyId: 'any', secretAccessKey: 'any' }

function clientsOf(endpoint: string) {
  const settings = { endpoint, region: REGION, credentials }
  return {
    sqs: new SQSClient(settings),
    sns: new SNSClient(settings),
    s3: new S3Client({ ...settings, forcePathStyle: true }),
  }
}

async function open(arn: string, endpoint: string) {
  const parsing = parseDestinationArn(arn)
  if (parsing.type === 'refused') throw new Error(parsing.reason)
  return openAwsDestination(parsing.destination, { endpoint }, {})
}

/** Bodies in the queue, which is empty then. */
async function drain(sqs: SQSClient, QueueUrl: string): Promise<readonly string[]> {
  const bodies: string[] = []
  while (true) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
    )
    if (Messages.length === 0) return bodies
    for (const { Body, ReceiptHandle } of Messages) {
      bodies.push(Body!)
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
    }
  }
}

t.test('a queue, a topic and a bucket get the documents that §4.6 prints', async (t) => {
  const server = await MotoServer.start(await freePort())
  t.teardown(() => server.stop())
  const { endpoint } = server
  const { sqs, sns, s3 } = clientsOf(endpoint)
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'failed' }))
  const failed: FailedBatch = failedBatchOf({ payload: '{"Records":["ä\\n"]}' })

  const queue = await open(QUEUE, endpoint)
  await queue.deliver(failed, 'id')
  t.strictSame(await drain(sqs, QueueUrl!), [failureDocument(failed)])
  await queue.close()
  await t.rejects(queue.deliver(failed, 'id'), { message: /is closed/ })

  const TopicArn = (await sns.send(new CreateTopicCommand({ Name: 'failed' }))).TopicArn
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: QUEUE }))
  const topic = await open(TOPIC, endpoint)
  await topic.deliver(failed, 'id')
  const [notice] = await drain(sqs, QueueUrl!)
  t.equal(JSON.parse(notice!).Message, failureDocument(failed))
  await topic.close()

  await s3.send(new CreateBucketCommand({ Bucket: 'failed' }))
  const bucket = await open(BUCKET, endpoint)
  await bucket.deliver(failed, 'id')
  await bucket.deliver(failed, 'id')
  await bucket.deliver(failed, 'other')
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'failed' }))
  t.equal(Contents.length, 2, 'what comes twice is there once')
  const { Key } = Contents[0]!
  t.match(
    Key,
    /^aws\/lambda\/[0-9a-f-]{36}\/shardId-1\/\d{4}\/\d\d\/\d\d\/\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  )
  const { Body, ContentType } = await s3.send(new GetObjectCommand({ Bucket: 'failed', Key }))
  t.equal(await Body!.transformToString(), failureDocumentWithPayload(failed))
  t.equal(ContentType, 'application/octet-stream')
  await bucket.close()
})

t.test('a queue or a bucket that is not there fails the delivery', async (t) => {
  const server = await MotoServer.start(await freePort())
  t.teardown(() => server.stop())
  for (const arn of [QUEUE, TOPIC, BUCKET]) {
    const destination = await open(arn, server.endpoint)
    await t.rejects(destination.deliver(failedBatchOf(), 'id'))
    await destination.close()
  }
})

const RECORDS = 20
const HANDLER = "export const handler = async () => { throw new Error('poison') }\n"

t.test(
  'while the queue is down, and over a kill -9, reports wait; then all of them arrive',
  { timeout: 120_000 },
  async (t) => {
    const port = await freePort()
    const endpoint = `http://127.0.0.1:${port}`
    const directory = t.testdir()
    const configuration = {
      Streams: { orders: { KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }] } },
      Destinations: { SQS: { Endpoint: endpoint } },
      Functions: { told: { Runtime: 'nodejs20.x', CodeUri: '.', Handler: 'told.handler' } },
      Mappings: [
        {
          Stream: 'orders',
          FunctionName: 'told',
          StartingPosition: 'TRIM_HORIZON',
          BatchSize: 1,
          MaximumRetryAttempts: 0,
          DestinationConfig: { OnFailure: { Destination: QUEUE } },
        },
      ],
    }
    const files = { 'told.mjs': HANDLER, 'millrace.json': JSON.stringify(configuration) }
    const { writeFileSync } = await import('node:fs')
    for (const [name, text] of Object.entries(files)) writeFileSync(`${directory}/${name}`, text)
    const lines = Array.from({ length: RECORDS }, (_, i) =>
      JSON.stringify({
        dynamodb: { Keys: { pk: { S: `k${i}` } }, NewImage: { pk: { S: `k${i}` } } },
      }),
    )
    const put = millrace(['put', 'orders'], directory, { input: `${lines.join('\n')}\n` })
    t.equal(put.status, 0, put.stderr)

    const first = await RunningDaemon.start(directory)
    await first.logs('delivery-failed')
    await first.kill()
    const second = await RunningDaemon.start(directory)
    t.teardown(() => second.kill())
    await second.logs('delivery-failed')
    const server = await MotoServer.start(port)
    t.teardown(() => server.stop())
    const { sqs } = clientsOf(endpoint)
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'failed' }))
    const requests = new Set<string>()
    const keys = new Set<string>()
    while (keys.size < RECORDS) {
      for (const body of await drain(sqs, QueueUrl!)) {
        const document = JSON.parse(body)
        requests.add(document.requestContext.requestId)
        keys.add(document.DDBStreamBatchInfo.startSequenceNumber)
      }
    }
    t.equal(keys.size, RECORDS)
    const list = millrace(['failed', 'list', '--json'], directory)
    t.equal(JSON.parse(list.stdout).failed.length, RECORDS, 'nothing twice in the store')
    t.equal((await second.stop()).status, 0)
  },
)
