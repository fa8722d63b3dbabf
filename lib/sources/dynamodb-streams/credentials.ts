import type { Environment, StreamsEndpoint } from './endpoint.ts'

/** What requests are signed with. */
export type SigningCredentials = {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** Gives the credentials to sign the next request with. Rejects where there are none. */
export type CredentialSource = () => SigningCredentials | Promise<SigningCredentials>

/** For servers that check no signature but want one. */
const DUMMY_CREDENTIALS: SigningCredentials = {
  accessKeyId: 'millrace',
  secretAccessKey: 'millrace',
}

/**
 * Where credentials come from: the environment's keys; dummies for a server on this machine; else the SDK's default
 * chain, which is loaded only then (it costs 100 ms) and refreshes itself.
 *
 * @source aws-semantics §10: the environment is skipped when a profile is named
 */
export function createCredentialSource(
  endpoint: StreamsEndpoint,
  environment: Environment,
): CredentialSource {
  const accessKeyId = environment['AWS_ACCESS_KEY_ID']
  const secretAccessKey = environment['AWS_SECRET_ACCESS_KEY']
  const sessionToken = environment['AWS_SESSION_TOKEN']
  if (accessKeyId && secretAccessKey && !environment['AWS_PROFILE']) {
    const fixed = { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) }
    return () => fixed
  }
  if (endpoint.isLoopback) return () => DUMMY_CREDENTIALS
  let chain: Promise<() => Promise<SigningCredentials>> | undefined
  return async () => {
    chain ??= loadDefaultChain(endpoint.region)
    return (await chain)()
  }
}

async function loadDefaultChain(region: string): Promise<() => Promise<SigningCredentials>> {
  // The SDK warns on stderr about the Node version at its first client; stderr is our log.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'
  const { defaultProvider } = await import('@aws-sdk/credential-provider-node')
  return defaultProvider({ clientConfig: { region } })
}
