import { type FunctionIdentity, logGroupName } from '../../core/function/lambda-context.ts'
import type { ModuleFunctionSettings } from '../../core/mapping/settings.ts'

/** What a handler's environment is made from. */
export type EnvironmentFacts = {
  readonly settings: ModuleFunctionSettings
  readonly identity: FunctionIdentity
  readonly region: string
  /** The environment of this process. */
  readonly inherited: Readonly<Record<string, string | undefined>>
}

/** Names that a handler gets from this process: credentials as the SDKs read them, and what programs need to run. */
const INHERITED_NAMES = new Set([
  'PATH',
  'HOME',
  'TZ',
  'LANG',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_PROFILE',
  'AWS_CONFIG_FILE',
  'AWS_SHARED_CREDENTIALS_FILE',
  'AWS_ROLE_ARN',
  'AWS_ROLE_SESSION_NAME',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
])
const INHERITED_PREFIX = 'AWS_ENDPOINT_URL'

/**
 * The environment of a handler: an allow-list of this process's, Lambda's own variables, and the function's
 * `Environment.Variables`, which overrule the first but not the second, as those are reserved on Lambda. Nothing else
 * gets in: no `NODE_OPTIONS`, no secret of ours. @source contract §2
 */
export function handlerEnvironment(facts: EnvironmentFacts): Record<string, string> {
  const inherited: Record<string, string> = {}
  for (const [name, value] of Object.entries(facts.inherited)) {
    if (value === undefined) continue
    if (INHERITED_NAMES.has(name) || name.startsWith(INHERITED_PREFIX)) inherited[name] = value
  }
  return {
    AWS_REGION: facts.region,
    AWS_DEFAULT_REGION: facts.region,
    ...inherited,
    ...facts.settings.environment,
    ...lambdaVariables(facts),
  }
}

/** @source Lambda guide, configuration-envvars: reserved variables */
function lambdaVariables({ settings, identity }: EnvironmentFacts): Record<string, string> {
  return {
    _HANDLER: settings.handler,
    AWS_EXECUTION_ENV: `AWS_Lambda_${settings.runtime}`,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(settings.memorySizeMegabytes),
    AWS_LAMBDA_FUNCTION_NAME: identity.functionName,
    AWS_LAMBDA_FUNCTION_VERSION: identity.version,
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: logGroupName(identity),
    AWS_LAMBDA_LOG_STREAM_NAME: identity.logStreamName,
    LAMBDA_TASK_ROOT: settings.codeDirectory,
  }
}
