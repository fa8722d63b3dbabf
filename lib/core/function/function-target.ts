import { ALIAS_NAME_LENGTH_MAX, FUNCTION_NAME_LENGTH_MAX } from '../limits.ts'
import { ApiError } from '../mapping/api-error.ts'
import { awsPattern, validationText } from '../mapping/mapping-problem.ts'
import { FUNCTION_REFERENCE } from '../mapping/mapping-table.ts'

/** Where an engine is: ARNs say so. */
export type Home = { readonly region: string; readonly account: string }

/** What an operation is about. */
export type FunctionTarget = { readonly name: string; readonly qualifier?: string }

const FUNCTION_NAME = /^[a-zA-Z0-9-_]+$/
const QUALIFIER = /^(|[a-zA-Z0-9$_-]+)$/

/**
 * Takes apart what an operation was given: a name in any of its forms, and a qualifier beside it.
 * @throws ApiError with AWS's text. @source aws-semantics §1.2; Lambda API as observed
 */
export function functionTarget(
  text: string,
  given: string | undefined,
  home: Home,
): FunctionTarget {
  const found = FUNCTION_REFERENCE.exec(text)
  const name = found?.[6]
  if (!found || name === undefined) throw invalid('functionName', text, FUNCTION_REFERENCE)
  if (name.length > FUNCTION_NAME_LENGTH_MAX) {
    const constraint = atMost(FUNCTION_NAME_LENGTH_MAX)
    const message = validationText(`'${name}'`, ['functionName'], constraint)
    throw new ApiError('InvalidParameterValueException', message)
  }
  refuseForeign(found[3]?.slice(0, -1), found[4]?.slice(0, -1), home)
  const qualifier = qualifierOf(found[8], given)
  return qualifier === undefined ? { name } : { name, qualifier }
}

/** A bare name, as a function may be given. @throws ApiError ValidationException */
export function expectFunctionName(name: string): void {
  if (!FUNCTION_NAME.test(name)) throw invalid('functionName', name, FUNCTION_NAME)
}

/** The same where versions and aliases have no such thing. @throws ApiError */
export function unqualifiedTarget(text: string, home: Home): string {
  const { name, qualifier } = functionTarget(text, undefined, home)
  if (qualifier === undefined) return name
  throw new ApiError(
    'InvalidParameterValueException',
    'This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.',
  )
}

function refuseForeign(region: string | undefined, account: string | undefined, home: Home): void {
  if (region !== undefined && region !== home.region) {
    throw new ApiError(
      'ResourceNotFoundException',
      `Functions from '${region}' are not reachable in this region ('${home.region}')`,
    )
  }
  if (account !== undefined && account !== home.account) {
    throw new ApiError(
      'AccessDeniedException',
      `Functions of the account ${account} are not reachable from the account ${home.account}`,
    )
  }
}

function qualifierOf(derived: string | undefined, given: string | undefined): string | undefined {
  if (given !== undefined && !QUALIFIER.test(given)) throw invalid('qualifier', given, QUALIFIER)
  if (given !== undefined && given.length > ALIAS_NAME_LENGTH_MAX) {
    const constraint = atMost(ALIAS_NAME_LENGTH_MAX)
    throw new ApiError(
      'ValidationException',
      validationText(shown(given), ['qualifier'], constraint),
    )
  }
  // An empty one is none.
  const beside = given === '' ? undefined : given
  if (derived !== undefined && beside !== undefined && derived !== beside) {
    throw new ApiError(
      'InvalidParameterValueException',
      'The derived qualifier from the function name does not match the specified qualifier.',
    )
  }
  return derived ?? beside
}

function invalid(member: string, text: string, pattern: RegExp): ApiError {
  const constraint = `Member must satisfy regular expression pattern: ${awsPattern(pattern)}`
  return new ApiError('ValidationException', validationText(shown(text), [member], constraint))
}

const atMost = (length: number): string => `Member must have length less than or equal to ${length}`

const shown = (text: string): string => `'${text.slice(0, 300)}'`

/** ARN of a function, or of its version or alias. */
export function functionArnOf(
  { region, account }: Home,
  { name, qualifier }: FunctionTarget,
): string {
  const end = qualifier === undefined ? '' : `:${qualifier}`
  return `arn:aws:lambda:${region}:${account}:function:${name}${end}`
}

/** @source Lambda API as observed */
export function functionNotFound(home: Home, target: FunctionTarget): ApiError {
  const arn = functionArnOf(home, target)
  return new ApiError('ResourceNotFoundException', `Function not found: ${arn}`)
}
