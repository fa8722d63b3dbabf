import { writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'

import { AwsCli } from '../support/aws-cli.ts'
import { RunningDaemon } from '../support/daemon.ts'
import { freePort, MotoServer } from '../support/moto-server.ts'
import { zipOfFiles } from '../support/zip-file.ts'
import { startDynamoDbLocal } from './dynamodb-local.ts'

const ROLE = 'arn:aws:iam::000000000000:role/lambda-dynamodb-role'
const QUEUE = 'arn:aws:sqs:us-east-1:123456789012:failed'
const TABLE = 'lambda-dynamodb-stream'

/** In the style of the guide: CommonJS, with a callback. */
const PROCESS = `console.log('Loading function')
exports.handler = function (event, context, callback) {
  for (const record of event.Records) {
    console.log(record.eventID, record.eventName)
    console.log('DynamoDB record: %j', record.dynamodb)
    if (record.dynamodb.Keys.id.S === 'poison') return callback(new Error('poison'))
  }
  callback(null, 'message')
}
`
const AGGREGATE = `exports.handler = async (event) => {
  const state = { count: (event.state.count ?? 0) + event.Records.length }
  console.log('window %j final %j state %j', event.window, event.isFinalInvokeForWindow, state)
  return { state, batchItemFailures: [] }
}
`
/** As the guide's own input of the manual test, with one record. */
const INPUT = {
  Records: [
    {
      eventID: '1',
      eventName: 'INSERT',
      eventVersion: '1.0',
      eventSource: 'aws:dynamodb',
      awsRegion: 'us-east-1',
      dynamodb: {
        Keys: { id: { S: 'by hand' } },
        NewImage: { id: { S: 'by hand' } },
        SequenceNumber: '111',
        SizeBytes: 26,
        StreamViewType: 'NEW_AND_OLD_IMAGES',
      },
      eventSourceARN: 'stream-ARN',
    },
  ],
}

type Mapping = Readonly<Record<string, unknown>> & { readonly UUID: string; readonly State: string }
type Message = { readonly Body: string }

async function start(t: Test) {
  const moto = await MotoServer.start(await freePort())
  t.teardown(() => moto.stop())
  const tables = await startDynamoDbLocal()
  t.teardown(() => tables.stop())
  const directory = t.testdir()
  const configuration = {
    Sources: { DynamoDB: { Endpoint: tables.endpoint, Region: 'us-east-1' } },
    Destinations: { SQS: { Endpoint: moto.endpoint } },
  }
  const environment = { AWS_ACCESS_KEY_ID: 'any', AWS_SECRET_ACCESS_KEY: 'any' }
  const daemon = await RunningDaemon.start(directory, { configuration, environment })
  t.teardown(() => daemon.kill())
  const endpoints = { LAMBDA: daemon.url, DYNAMODB: tables.endpoint }
  const aws = new AwsCli(endpoints, directory)
  const inputs = {
    'function.zip': zipOfFiles({ 'index.js': PROCESS }),
    'input.txt': JSON.stringify(INPUT),
  }
  writeFileSync(join(directory, 'aggregate.zip'), zipOfFiles({ 'index.js': AGGREGATE }))
  for (const [name, content] of Object.entries(inputs))
    writeFileSync(join(directory, name), content)
  // Version 1 of the command takes no endpoint of SQS from its environment.
  return { daemon, aws, directory, sqs: `sqs --endpoint-url ${moto.endpoint}` }
}

t.test(
  "the tutorial of AWS's guide, with the aws command as it is",
  { timeout: 240_000 },
  async (t) => {
    const { daemon, aws, directory, sqs } = await start(t)
    const put = (id: string) =>
      aws.call(
        `dynamodb put-item --table-name ${TABLE}`,
        ...['--item', JSON.stringify({ id: { S: id }, message: { S: 'New item!' } })],
      )
    const mappingCalled = (uuid: string) =>
      aws.call<Mapping>(`lambda get-event-source-mapping --uuid ${uuid}`)
    const untilEnabled = async (uuid: string) => {
      let mapping = await mappingCalled(uuid)
      while (mapping.State !== 'Enabled') mapping = await mappingCalled(uuid)
      return mapping
    }

    const made = await aws.call<Record<string, unknown>>(
      `lambda create-function --function-name ProcessDynamoDBRecords --zip-file fileb://function.zip --handler index.handler --runtime nodejs20.x --role ${ROLE}`,
    )
    const functionArn = 'arn:aws:lambda:us-east-1:000000000000:function:ProcessDynamoDBRecords'
    t.match(made, { FunctionArn: functionArn, Version: '$LATEST', Role: ROLE })
    const invoked = await aws.call(
      'lambda invoke --function-name ProcessDynamoDBRecords --payload file://input.txt output.txt',
    )
    t.match(invoked, { StatusCode: 200, ExecutedVersion: '$LATEST' })
    t.equal(await readFile(join(directory, 'output.txt'), 'utf8'), '"message"')
    await daemon.logs('by hand')

    const table = await aws.call<{
      readonly TableDescription: { readonly LatestStreamArn: string }
    }>(
      `dynamodb create-table --table-name ${TABLE} --attribute-definitions AttributeName=id,AttributeType=S --key-schema AttributeName=id,KeyType=HASH --provisioned-throughput ReadCapacityUnits=1,WriteCapacityUnits=1 --stream-specification StreamEnabled=true,StreamViewType=NEW_AND_OLD_IMAGES`,
    )
    const stream = table.TableDescription.LatestStreamArn
    const { UUID } = await aws.call<Mapping>(
      `lambda create-event-source-mapping --function-name ProcessDynamoDBRecords --batch-size 500 --starting-position LATEST --event-source ${stream}`,
    )
    t.match(await untilEnabled(UUID), {
      ...{ BatchSize: 500, EventSourceArn: stream, FunctionArn: functionArn },
      ...{ MaximumRetryAttempts: -1, MaximumRecordAgeInSeconds: -1, ParallelizationFactor: 1 },
    })
    const { EventSourceMappings } = await aws.call<{ EventSourceMappings: Mapping[] }>(
      'lambda list-event-source-mappings --function-name ProcessDynamoDBRecords',
    )
    t.same(
      EventSourceMappings.map((mapping) => mapping.UUID),
      [UUID],
    )
    await put('first')
    await daemon.logs(/DynamoDB record: .*first.*New item!/)

    await aws.call(
      `lambda update-event-source-mapping --uuid ${UUID} --function-name ProcessDynamoDBRecords --maximum-retry-attempts 2 --maximum-record-age-in-seconds 3600 --destination-config`,
      JSON.stringify({ OnFailure: { Destination: QUEUE } }),
    )
    const settled = {
      ...{ BatchSize: 500, MaximumRetryAttempts: 2, MaximumRecordAgeInSeconds: 3600 },
      DestinationConfig: { OnFailure: { Destination: QUEUE } },
    }
    t.match(await untilEnabled(UUID), settled)
    await aws.call(`lambda update-event-source-mapping --uuid ${UUID} --parallelization-factor 5`)
    t.match(await untilEnabled(UUID), { ...settled, ParallelizationFactor: 5 })
    await put('second')
    await daemon.logs(/DynamoDB record: .*second.*New item!/)

    await aws.call(
      `lambda create-function --function-name Aggregate --zip-file fileb://aggregate.zip --handler index.handler --runtime nodejs20.x --role ${ROLE}`,
    )
    const windows = await aws.call<Mapping>(
      `lambda create-event-source-mapping --function-name Aggregate --batch-size 100 --starting-position TRIM_HORIZON --tumbling-window-in-seconds 120 --event-source-arn ${stream}`,
    )
    t.match(await untilEnabled(windows.UUID), { TumblingWindowInSeconds: 120 })
    await daemon.logs(
      // A line of the log is JSON: its quotes are escaped.
      /window \{\\"start\\":\\"[0-9T:-]+Z\\",\\"end\\":\\"[0-9T:-]+Z\\"\} final false state \{\\"count\\":\d+\}/,
    )

    const { QueueUrl } = await aws.call<{ readonly QueueUrl: string }>(
      `${sqs} create-queue --queue-name failed`,
    )
    await put('poison')
    let messages: readonly Message[] = []
    while (messages.length === 0) {
      const received = await aws.call<{ readonly Messages?: readonly Message[] } | undefined>(
        `${sqs} receive-message --queue-url ${QueueUrl} --wait-time-seconds 2`,
      )
      messages = received?.Messages ?? []
    }
    const report = JSON.parse(messages[0]!.Body)
    t.same(Object.keys(report), [
      ...['requestContext', 'responseContext', 'version', 'timestamp', 'DDBStreamBatchInfo'],
    ])
    t.match(report, {
      requestContext: {
        requestId: /^[0-9a-f-]{36}$/,
        functionArn,
        condition: 'RetryAttemptsExhausted',
        approximateInvokeCount: 3,
      },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      version: '1.0',
      timestamp: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
      DDBStreamBatchInfo: {
        shardId: /^shardId-/,
        startSequenceNumber: /^\d+$/,
        approximateArrivalOfFirstRecord: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
        batchSize: 1,
        streamArn: stream,
      },
    })
    await put('after')
    await daemon.logs(/DynamoDB record: .*after.*New item!/)
    await aws.call(`lambda delete-event-source-mapping --uuid ${UUID}`)
    await aws.call('lambda delete-function --function-name ProcessDynamoDBRecords')
    t.equal((await daemon.stop()).status, 0)
  },
)
