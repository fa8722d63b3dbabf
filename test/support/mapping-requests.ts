import { ApiError } from '../../lib/core/mapping/api-error.ts'
import { type MappingContext, parseMapping } from '../../lib/core/mapping/mapping-settings.ts'

/** Of a stream that DynamoDB might have. */
export const ARN = 'arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/2026-01-01T00:00:00.000'
const HERE = {
  region: 'us-east-1',
  account: '000000000000',
  hasFunction: (name: string, qualifier = '$LATEST') => name === 'fn' && qualifier === '$LATEST',
}
/** Who asks. */
export const API: MappingContext = { ...HERE, origin: 'api' }
export const FILE: MappingContext = {
  ...HERE,
  origin: 'configuration',
  hasStream: (name) => name === 'orders',
  resolvePath: (path) => `/base/${path}`,
  retryBackoff: { baseMs: 200, maximumMs: 60_000 },
}
/** Good requests, as they are least. */
export const CREATE = { EventSourceArn: ARN, FunctionName: 'fn', StartingPosition: 'LATEST' }
export const CONFIGURED = { Stream: 'orders', FunctionName: 'fn', StartingPosition: 'LATEST' }

/** Why a request is refused. @throws where it is not */
export function refusal(input: unknown, context: MappingContext = API): ApiError {
  try {
    parseMapping(input, context)
  } catch (error) {
    if (error instanceof ApiError) return error
    throw error
  }
  throw new Error('was accepted')
}

/** The exceptions that AWS answers with. */
export const V = 'ValidationException'
export const I = 'InvalidParameterValueException'
