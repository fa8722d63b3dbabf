import { parseDestinationArn } from '../destination/destination-arn.ts'
import { compileFilter, FILTER_REFUSED_MESSAGE } from '../filter/filter.ts'
import { ApiError } from './api-error.ts'
import { toBackoff } from './engine-settings.ts'
import { maybeFunctionReference } from './function-name.ts'
import { toApiError } from './mapping-problem.ts'
import { API_MAPPING_RULE, CONFIGURATION_MAPPING_RULE } from './mapping-table.ts'
import { checkSetting, findUnsupported } from './setting-check.ts'
import { type Checked, SettingError, type SettingProblem } from './setting-rule.ts'
import type { BackoffSettings, MappingSettings, StreamReference } from './settings.ts'
import { toTags } from './tags.ts'

type Surroundings = {
  readonly region: string
  /** 12 digits. */
  readonly account: string
  /** Whether there is such a function, and such a version or alias of it. */
  readonly hasFunction: (name: string, qualifier?: string) => boolean
}

/** Who asks, and what there is. */
export type MappingContext =
  | (Surroundings & {
      readonly origin: 'api'
      /** Absolute path for one that the embedding program gives; where it is absent, paths are refused (D36). */
      readonly resolvePath?: (path: string) => string
    })
  | (Surroundings & {
      readonly origin: 'configuration'
      /** Whether there is an embedded stream of that name. */
      readonly hasStream: (name: string) => boolean
      /** Absolute path for one relative to the configuration. */
      readonly resolvePath: (path: string) => string
      /** The engine's waits: they fill in what a mapping's `RetryBackoff` leaves out. */
      readonly retryBackoff: BackoffSettings
    })

type ApiMapping = Checked<typeof API_MAPPING_RULE>
type ConfigurationMapping = Checked<typeof CONFIGURATION_MAPPING_RULE>

const FILE = 'file:'

/**
 * A mapping as the API's Create or the configuration gives it, with AWS's defaults. First come types and
 * ranges, then the combinations of aws-semantics §1.4, then what this version does not carry out: nothing is
 * accepted and ignored (D18).
 *
 * @throws ApiError with AWS's exception, status and text; `problem` where a member breaks its own rule.
 * @source aws-semantics §1.2, §1.3, §1.4; D18, D33, D36, D37, D40
 */
export function parseMapping(input: unknown, context: MappingContext): MappingSettings {
  return context.origin === 'api'
    ? parseApiMapping(input, context)
    : parseConfigurationMapping(input, context)
}

function parseApiMapping(input: unknown, context: MappingContext): MappingSettings {
  const checking = checkSetting(input, API_MAPPING_RULE, { null: 'absent' })
  if (checking.type === 'invalid') throw refusal(checking.problems[0]!, input)
  const mapping = checking.value
  if (mapping.EventSourceArn === undefined) throw unrecognizedSource(['EventSourceArn'])
  const source = toArnReference(mapping.EventSourceArn)
  const settings = toSettings(mapping, source, context)
  const unsupported = findUnsupported(input, API_MAPPING_RULE)
  if (unsupported) throw refusal(unsupported, input)
  return settings
}

function parseConfigurationMapping(
  input: unknown,
  context: Extract<MappingContext, { origin: 'configuration' }>,
): MappingSettings {
  const checking = checkSetting(input, CONFIGURATION_MAPPING_RULE)
  if (checking.type === 'invalid') throw refusal(checking.problems[0]!, input)
  const mapping = checking.value
  const source = toStreamReference(mapping)
  if (source.type === 'embedded' && !context.hasStream(source.name)) {
    throw invalid(`Stream not found: ${source.name}`, ['Stream'])
  }
  const settings = toSettings(mapping, source, context)
  const unsupported = findUnsupported(input, CONFIGURATION_MAPPING_RULE)
  if (unsupported) throw refusal(unsupported, input)
  const { RetryBackoff } = mapping
  if (!RetryBackoff) return settings
  return { ...settings, retryBackoff: mergeBackoff(RetryBackoff, context.retryBackoff) }
}

function mergeBackoff(
  given: NonNullable<ConfigurationMapping['RetryBackoff']>,
  engine: BackoffSettings,
): BackoffSettings {
  const merged = {
    baseMs: given.Base ?? engine.baseMs,
    maximumMs: given.Maximum ?? engine.maximumMs,
  }
  try {
    return toBackoff(merged, ['RetryBackoff'])
  } catch (error) {
    if (error instanceof SettingError) throw refusal(error.problem, undefined)
    throw error
  }
}

function toSettings(
  mapping: ApiMapping,
  source: StreamReference,
  context: MappingContext,
): MappingSettings {
  const { StartingPosition } = mapping
  if (StartingPosition === 'AT_TIMESTAMP') {
    throw invalid(`Unsupported starting position for arn type: ${sourceText(source)}`, [
      'StartingPosition',
    ])
  }
  const filterPatterns = patternsOf(mapping)
  refuseCombinations(mapping, filterPatterns)
  const destination = toDestination(mapping, context)
  const { Metrics = [] } = mapping.MetricsConfig ?? {}
  return {
    source,
    ...toFunction(mapping.FunctionName, context),
    enabled: mapping.Enabled,
    batchSize: mapping.BatchSize,
    maximumBatchingWindowInSeconds: mapping.MaximumBatchingWindowInSeconds,
    parallelizationFactor: mapping.ParallelizationFactor,
    startingPosition: StartingPosition,
    maximumRecordAgeInSeconds: mapping.MaximumRecordAgeInSeconds,
    maximumRetryAttempts: mapping.MaximumRetryAttempts,
    bisectBatchOnFunctionError: mapping.BisectBatchOnFunctionError,
    functionResponseTypes: mapping.FunctionResponseTypes,
    tumblingWindowInSeconds: mapping.TumblingWindowInSeconds,
    filterPatterns,
    ...(destination === undefined ? {} : { onFailureDestination: destination }),
    ...(Metrics.length === 0 ? {} : { metrics: Metrics.map(toMetric) }),
    ...(mapping.Tags === undefined || mapping.Tags.size === 0
      ? {}
      : { tags: toTags(mapping.Tags) }),
  }
}

function patternsOf({ FilterCriteria }: ApiMapping): readonly string[] {
  return (FilterCriteria?.Filters ?? []).map(({ Pattern }) => Pattern ?? '')
}

/** @source aws-semantics §1.4 [N]; D37 */
function refuseCombinations(mapping: ApiMapping, filterPatterns: readonly string[]): void {
  if (mapping.TumblingWindowInSeconds > 0) {
    if (mapping.ParallelizationFactor > 1) {
      throw invalid(
        'Parallelization factor must be equal to 1 when tumbling window period is configured',
        ['ParallelizationFactor'],
      )
    }
    if (filterPatterns.length > 0) {
      throw invalid('Tumbling window is not supported with FilterCriteria', ['FilterCriteria'])
    }
  }
  const filter = compileFilter(filterPatterns)
  if (filter.type !== 'refused') return
  const { index, path, reason } = filter
  throw new ApiError(
    'InvalidParameterValueException',
    FILTER_REFUSED_MESSAGE,
    ['FilterCriteria', 'Filters', index],
    { detail: path === '' ? reason : `${path}: ${reason}` },
  )
}

/** The form of AWS's other texts; that for metrics is not recorded. @source aws-semantics §1.3 */
function toMetric(metric: 'EventCount' | 'ErrorCount' | 'KafkaMetrics'): 'EventCount' {
  if (metric === 'EventCount') return metric
  throw invalid(
    `Unsupported MetricsConfig parameter for given event source mapping type. ${metric} is of Kafka mappings.`,
    ['MetricsConfig', 'Metrics'],
  )
}

/** @source aws-semantics §1.2, §1.4; D33 */
function toFunction(
  text: string,
  context: MappingContext,
): Pick<MappingSettings, 'functionName' | 'functionQualifier'> {
  const reference = maybeFunctionReference(text, context)
  if (reference?.type === 'named' && context.hasFunction(reference.name, reference.qualifier)) {
    const { name, qualifier } = reference
    return {
      functionName: name,
      ...(qualifier === undefined ? {} : { functionQualifier: qualifier }),
    }
  }
  throw invalid('Function does not exist', ['FunctionName'])
}

function toStreamReference(mapping: ConfigurationMapping): StreamReference {
  if (mapping.Stream !== undefined) return { type: 'embedded', name: mapping.Stream }
  if (mapping.Table !== undefined) return { type: 'table', name: mapping.Table }
  if (mapping.EventSourceArn !== undefined) return toArnReference(mapping.EventSourceArn)
  throw unrecognizedSource([])
}

/** ARNs are opaque (D36), but for the service that a true one names. */
function toArnReference(arn: string): StreamReference {
  const service = /^arn:[^:]*:([^:]*):/.exec(arn)?.[1]
  if (service === 'kinesis') {
    throw invalid('Kinesis streams are not supported by this version of Millrace', [
      'EventSourceArn',
    ])
  }
  if (service !== undefined && service !== 'dynamodb') throw unrecognizedSource(['EventSourceArn'])
  return { type: 'arn', arn }
}

/** @returns an ARN, `file:` and an absolute path, or `undefined` for none. @source aws-semantics §1.5; D36 */
function toDestination(mapping: ApiMapping, context: MappingContext): string | undefined {
  const destination = mapping.DestinationConfig?.OnFailure?.Destination
  if (destination === undefined || destination === '') return undefined
  const path = ['DestinationConfig', 'OnFailure', 'Destination']
  if (!destination.startsWith(FILE)) {
    const parsing = parseDestinationArn(destination)
    if (parsing.type === 'destination') return destination
    throw invalid(
      `The provided destination ${JSON.stringify(destination)} is invalid: ${parsing.reason}`,
      path,
    )
  }
  const { resolvePath } = context
  if (!resolvePath) {
    throw invalid('A file: destination is legal in the configuration only', path)
  }
  const file = destination.slice(FILE.length)
  if (file === '' || file.endsWith('/') || /^\/\/[^/]/.test(file) || file.includes('\0')) {
    throw invalid(`The destination ${JSON.stringify(destination)} names no file`, path)
  }
  return `${FILE}${resolvePath(file)}`
}

/** How a stream is named to people: its ARN, or the name it was given by. */
export function sourceText(source: StreamReference): string {
  return source.type === 'arn' ? source.arn : source.name
}

function unrecognizedSource(path: readonly string[]): ApiError {
  return invalid('Unrecognized event source.', path)
}

function invalid(message: string, path: readonly (string | number)[]): ApiError {
  return new ApiError('InvalidParameterValueException', message, path)
}

function refusal(problem: SettingProblem, input: unknown): ApiError {
  const error = toApiError(problem, input)
  return new ApiError(error.exception, error.message, error.path, { problem })
}
