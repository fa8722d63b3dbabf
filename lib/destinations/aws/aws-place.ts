import type { DestinationArn } from '../../core/destination/destination-arn.ts'

/** Where a service is, as far as the configuration or the environment says: the SDK knows the rest. */
export type ServiceSettings = { readonly endpoint?: string; readonly region?: string }

/** Keys for servers that check no signature but want one. */
const DUMMY_CREDENTIALS = { accessKeyId: 'millrace', secretAccessKey: 'millrace' }
const REGION_DEFAULT = 'us-east-1'
/** A delivery that takes longer has failed, and is made again. @unit ms */
const CONNECTION_MS_MAX = 5000
const REQUEST_MS_MAX = 30_000

/**
 * What a client of the SDK is made with. The outbox tries again by itself, so the client does not. Keys are the SDK's own
 * chain's; a server on this machine gets dummies where the environment has none.
 */
export function clientSettings(
  { region }: DestinationArn,
  { endpoint, region: settingsRegion }: ServiceSettings,
  environment: Readonly<Record<string, string | undefined>>,
) {
  const isKeyless = !environment['AWS_ACCESS_KEY_ID'] && !environment['AWS_PROFILE']
  const needsDummies = endpoint !== undefined && isLoopback(endpoint) && isKeyless
  return {
    region: region || settingsRegion || REGION_DEFAULT,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(needsDummies ? { credentials: DUMMY_CREDENTIALS } : {}),
    maxAttempts: 1,
    requestHandler: { connectionTimeout: CONNECTION_MS_MAX, requestTimeout: REQUEST_MS_MAX },
  }
}

function isLoopback(endpoint: string): boolean {
  const { hostname } = new URL(endpoint)
  return /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost|.*\.localhost)$/.test(hostname)
}

/** URL of a queue: SQS's own permission is enough then, as no name must be looked up. */
export function queueUrl(
  { partition, region, account, name }: DestinationArn,
  { endpoint }: ServiceSettings,
): string {
  const domain = partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com'
  const host = endpoint?.replace(/\/+$/, '') ?? `https://sqs.${region}.${domain}`
  return `${host}/${account}/${name}`
}
