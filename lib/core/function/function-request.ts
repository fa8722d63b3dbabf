import * as limits from '../limits.ts'
import { ApiError } from '../mapping/api-error.ts'
import { toApiError, validationText } from '../mapping/mapping-problem.ts'
import { checkSetting, findUnsupported, isPlainObject } from '../mapping/setting-check.ts'
import type { Checked, ObjectRule } from '../mapping/setting-rule.ts'
import { type Tags, toTags } from '../mapping/tags.ts'
import { utf8Length } from '../utf8.ts'
import type { FunctionRevision } from './function-entry.ts'
import {
  CREATE_FUNCTION_RULE,
  UPDATE_CODE_RULE,
  UPDATE_FUNCTION_RULE,
} from './function-request-table.ts'

/** Node runtimes of Lambda: the handler runs on the Node that runs Millrace. */
export const RUNTIMES = ['nodejs24.x', 'nodejs22.x', 'nodejs20.x', 'nodejs18.x', 'nodejs16.x']

/** Names that Lambda keeps for itself. @source Lambda guide, configuration-envvars */
const RESERVED_VARIABLES = new Set([
  '_HANDLER',
  '_X_AMZN_TRACE_ID',
  'AWS_DEFAULT_REGION',
  'AWS_REGION',
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_FUNCTION_NAME',
  'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
  'AWS_LAMBDA_FUNCTION_VERSION',
  'AWS_LAMBDA_INITIALIZATION_TYPE',
  'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME',
  'AWS_ACCESS_KEY',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_LAMBDA_RUNTIME_API',
  'LAMBDA_TASK_ROOT',
  'LAMBDA_RUNTIME_DIR',
])

/** What a request says of the configuration; a member that it leaves out stays as it is. */
export type ConfigurationChange = Partial<
  Pick<
    FunctionRevision,
    | 'runtime'
    | 'role'
    | 'handler'
    | 'description'
    | 'timeoutSeconds'
    | 'memorySizeMegabytes'
    | 'environment'
  >
>

/** CreateFunction, checked. The zip is as it was given. */
export type CreateFunction = {
  readonly functionName: string
  readonly configuration: Omit<
    FunctionRevision,
    'code' | 'revisionId' | 'programId' | 'lastModified'
  >
  readonly zip: unknown
  readonly publish: boolean
  readonly tags: Tags
}

/** UpdateFunctionCode, checked. */
export type UpdateCode = {
  readonly zip: unknown
  readonly publish: boolean
  readonly dryRun: boolean
  readonly architecture?: 'x86_64' | 'arm64'
  readonly revisionId?: string
}

/** @throws ApiError with AWS's exception and text. */
export function parseRequest<R extends ObjectRule>(input: unknown, rule: R): Checked<R> {
  const checking = checkSetting(input, rule, { null: 'absent' })
  if (checking.type === 'invalid') throw toApiError(checking.problems[0]!, input)
  const unsupported = findUnsupported(input, rule)
  if (unsupported) throw toApiError(unsupported, input)
  return checking.value
}

/** @throws ApiError with AWS's exception and text. */
export function parseCreateFunction(input: unknown): CreateFunction {
  const [Code, zip] = isPlainObject(input) ? zipApart(input['Code']) : []
  const checked = parseRequest(
    isPlainObject(input) ? { ...input, ...(Code === undefined ? {} : { Code }) } : input,
    CREATE_FUNCTION_RULE,
  )
  const { runtime, handler, role, ...others } = toChange(checked)
  if (runtime === undefined || handler === undefined) {
    throw new ApiError(
      'InvalidParameterValueException',
      'Runtime and Handler are mandatory parameters for functions created with deployment packages.',
    )
  }
  return {
    functionName: checked.FunctionName,
    configuration: {
      description: '',
      timeoutSeconds: limits.FUNCTION_TIMEOUT_SECONDS_DEFAULT,
      memorySizeMegabytes: limits.MEMORY_MEGABYTES_MIN,
      ...others,
      runtime,
      handler,
      role: role!,
      architecture: toArchitecture(checked.Architectures),
    },
    zip,
    publish: checked.Publish,
    tags: toTags(checked.Tags),
  }
}

/** @throws ApiError with AWS's exception and text. */
export function parseUpdateConfiguration(input: unknown): {
  readonly change: ConfigurationChange
  readonly revisionId: string | undefined
} {
  const checked = parseRequest(input, UPDATE_FUNCTION_RULE)
  return { change: toChange(checked), revisionId: checked.RevisionId }
}

/** @throws ApiError with AWS's exception and text. */
export function parseUpdateCode(input: unknown): UpdateCode {
  const [request, zip] = zipApart(input)
  const { Publish, DryRun, RevisionId, Architectures } = parseRequest(request, UPDATE_CODE_RULE)
  return {
    zip,
    publish: Publish,
    dryRun: DryRun,
    ...(Architectures ? { architecture: toArchitecture(Architectures) } : {}),
    ...(RevisionId === undefined ? {} : { revisionId: RevisionId }),
  }
}

/** Megabytes of text would only be looked at again and again: they are judged where they are decoded. */
function zipApart(given: unknown): readonly [rest: unknown, zip: unknown] {
  if (!isPlainObject(given) || !Object.hasOwn(given, 'ZipFile')) return [given, undefined]
  const { ZipFile, ...rest } = given
  return [rest, ZipFile ?? undefined]
}

type CheckedConfiguration = Checked<typeof UPDATE_FUNCTION_RULE>

function toChange(
  checked: Pick<
    CheckedConfiguration,
    'Runtime' | 'Role' | 'Handler' | 'Description' | 'Timeout' | 'MemorySize' | 'Environment'
  >,
): ConfigurationChange {
  const { Runtime, Role, Handler, Description, Timeout, MemorySize, Environment } = checked
  return {
    ...(Runtime === undefined ? {} : { runtime: knownRuntime(Runtime) }),
    ...(Role === undefined ? {} : { role: Role }),
    ...(Handler === undefined ? {} : { handler: Handler }),
    ...(Description === undefined ? {} : { description: Description }),
    ...(Timeout === undefined ? {} : { timeoutSeconds: Timeout }),
    ...(MemorySize === undefined ? {} : { memorySizeMegabytes: MemorySize }),
    ...(Environment === undefined ? {} : { environment: toEnvironment(Environment.Variables) }),
  }
}

function knownRuntime(runtime: string): string {
  if (RUNTIMES.includes(runtime)) return runtime
  const constraint = `Member must satisfy enum value set: [${RUNTIMES.join(', ')}] or be a valid ARN`
  throw new ApiError(
    'InvalidParameterValueException',
    validationText(runtime, ['Runtime'], constraint).replace('1 validation error detected: ', ''),
    ['Runtime'],
    { detail: 'this version of Millrace runs Node handlers only' },
  )
}

/** AWS repeats what it measured: it may be secret, so we do not. @source Lambda API as observed */
function toEnvironment(variables: ReadonlyMap<string, string>): Readonly<Record<string, string>> {
  const reserved = [...variables.keys()].filter((name) => RESERVED_VARIABLES.has(name))
  const unable = 'Lambda was unable to configure your environment variables because the'
  if (reserved.length > 0) {
    throw new ApiError(
      'InvalidParameterValueException',
      `${unable} environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${reserved.join(', ')}`,
    )
  }
  const environment = Object.fromEntries(variables)
  if (utf8Length(JSON.stringify(environment)) > limits.ENVIRONMENT_BYTES_MAX) {
    throw new ApiError(
      'InvalidParameterValueException',
      `${unable} environment variables you have provided exceeded the 4KB limit.`,
    )
  }
  return environment
}

const toArchitecture = ([given]: readonly string[]): 'x86_64' | 'arm64' =>
  given === 'arm64' ? 'arm64' : 'x86_64'
