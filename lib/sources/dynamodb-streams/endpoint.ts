import { MillraceError } from '../../core/errors.ts'

/** Environment variables by name: `process.env`, or a test's own. */
export type Environment = Readonly<Record<string, string | undefined>>

export type StreamsEndpoint = {
  readonly url: URL
  /** Signs the requests; DynamoDB Local keeps separate tables for each unless it runs with `-sharedDb`. */
  readonly region: string
  /** The server is on this machine: it may be polled fast, and needs no real credentials. */
  readonly isLoopback: boolean
}

const REGION_DEFAULT = 'us-east-1'

/**
 * Where the DynamoDB Streams API is.
 *
 * The explicit settings first, then `AWS_ENDPOINT_URL_DYNAMODB_STREAMS`, `AWS_ENDPOINT_URL_DYNAMODB`,
 * `AWS_ENDPOINT_URL`, then AWS by region; region: setting, `AWS_REGION`, `AWS_DEFAULT_REGION`, us-east-1.
 *
 * @throws MillraceError MILLRACE_SETTING_INVALID
 * @source aws-semantics §6.3, §10
 */
export function resolveEndpoint(
  settings: { readonly endpoint?: string; readonly region?: string },
  environment: Environment,
): StreamsEndpoint {
  const region =
    settings.region ||
    environment['AWS_REGION'] ||
    environment['AWS_DEFAULT_REGION'] ||
    REGION_DEFAULT
  const names = [
    'AWS_ENDPOINT_URL_DYNAMODB_STREAMS',
    'AWS_ENDPOINT_URL_DYNAMODB',
    'AWS_ENDPOINT_URL',
  ]
  const name = names.find((candidate) => environment[candidate])
  if (settings.endpoint) return at(settings.endpoint, 'the DynamoDB endpoint', region)
  if (name) return at(environment[name]!, name, region)
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'
  return at(`https://streams.dynamodb.${region}.${domain}`, 'the region', region)
}

function at(text: string, setting: string, region: string): StreamsEndpoint {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.username || url.search) {
    const expected = 'an http: or https: URL without user and query'
    throw MillraceError.of('MILLRACE_SETTING_INVALID', {
      setting,
      expected,
      actual: text,
      origin: '',
    })
  }
  return { url, region, isLoopback: isLoopbackName(url.hostname) }
}

function isLoopbackName(hostname: string): boolean {
  return (
    /^127\.\d+\.\d+\.\d+$/.test(hostname) ||
    hostname === '[::1]' ||
    hostname === 'localhost' ||
    hostname.endsWith('.localhost')
  )
}
