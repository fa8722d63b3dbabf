import { createHash } from 'node:crypto'
import type { DestinationArn } from '../../core/destination/destination-arn.ts'
import type { FailedBatch } from '../../core/destination/failed-batch.ts'
import {
  failureDocument,
  failureDocumentWithPayload,
} from '../../core/destination/failure-document.ts'
import { failureObjectKey } from '../../core/destination/failure-object-key.ts'
import type { Destination } from '../../ports/destination.ts'
import { clientSettings, queueUrl, type ServiceSettings } from './aws-place.ts'

/** Sends one document to its place. */
type Send = (failed: FailedBatch, id: string) => Promise<unknown>

/** A client of the SDK, and how it sends. */
type Sender = { readonly client: { destroy(): void }; readonly send: Send }

/**
 * Opens a queue, a topic or a bucket. Nothing is asked of the server before the first delivery, and its SDK client is
 * loaded only now.
 * @source aws-semantics §4.6
 */
export async function openAwsDestination(
  arn: DestinationArn,
  settings: ServiceSettings,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Destination> {
  // The SDK warns on stderr about the Node version at its first client; stderr is our log.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'
  const { client, send } = await SENDERS[arn.service](arn, settings, environment)
  let isClosed = false
  return {
    async deliver(failed, id) {
      if (isClosed) throw new Error(`the destination ${arn.arn} is closed`)
      await send(failed, id)
    },
    async close() {
      if (!isClosed) client.destroy()
      isClosed = true
    },
  }
}

type OpenSender = (
  arn: DestinationArn,
  settings: ServiceSettings,
  environment: Readonly<Record<string, string | undefined>>,
) => Promise<Sender>

const openSqs: OpenSender = async (arn, settings, environment) => {
  const { SQSClient, SendMessageCommand } = await import('@aws-sdk/client-sqs')
  const client = new SQSClient(clientSettings(arn, settings, environment))
  const QueueUrl = queueUrl(arn, settings)
  const send: Send = (failed) =>
    client.send(new SendMessageCommand({ QueueUrl, MessageBody: failureDocument(failed) }))
  return { client, send }
}

const openSns: OpenSender = async (arn, settings, environment) => {
  const { SNSClient, PublishCommand } = await import('@aws-sdk/client-sns')
  const client = new SNSClient(clientSettings(arn, settings, environment))
  const send: Send = (failed) =>
    client.send(new PublishCommand({ TopicArn: arn.arn, Message: failureDocument(failed) }))
  return { client, send }
}

const openS3: OpenSender = async (arn, settings, environment) => {
  const { S3Client, PutObjectCommand } = await import('@aws-sdk/client-s3')
  const client = new S3Client({
    ...clientSettings(arn, settings, environment),
    // Other servers have no names of their own for buckets.
    forcePathStyle: settings.endpoint !== undefined,
  })
  const send: Send = (failed, id) =>
    client.send(
      new PutObjectCommand({
        Bucket: arn.name,
        Key: failureObjectKey(failed, uuidOf(id)),
        Body: failureDocumentWithPayload(failed),
        ContentType: 'application/octet-stream',
      }),
    )
  return { client, send }
}

const SENDERS: Readonly<Record<DestinationArn['service'], OpenSender>> = {
  sqs: openSqs,
  sns: openSns,
  s3: openS3,
}

/** A UUID that looks drawn and is the same for one failed batch. */
function uuidOf(id: string): string {
  const hex = createHash('sha256').update(id).digest('hex')
  const variant = ((Number.parseInt(hex[16]!, 16) & 3) | 8).toString(16)
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20, 32),
  ].join('-')
}
