import { isPlainObject } from '../core/mapping/setting-check.ts'
import type { SettingPath } from '../core/mapping/setting-rule.ts'
import type { Origins } from './origin.ts'

/** The environment of a process. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Variables that go before settings of the file; the first that is set counts. @source contract §2, §3 */
export const ENVIRONMENT_SETTINGS: readonly {
  readonly path: readonly string[]
  readonly variables: readonly string[]
}[] = [
  {
    path: ['Sources', 'DynamoDB', 'Endpoint'],
    variables: [
      'AWS_ENDPOINT_URL_DYNAMODB_STREAMS',
      'AWS_ENDPOINT_URL_DYNAMODB',
      'AWS_ENDPOINT_URL',
    ],
  },
  {
    path: ['Sources', 'DynamoDB', 'Region'],
    variables: ['AWS_REGION', 'AWS_DEFAULT_REGION'],
  },
  ...['SQS', 'SNS', 'S3'].map((service) => ({
    path: ['Destinations', service, 'Endpoint'],
    variables: [`AWS_ENDPOINT_URL_${service}`, 'AWS_ENDPOINT_URL'],
  })),
]

/** The first of `variables` that is set; an empty one is not. */
export function firstSet(
  environment: Environment,
  variables: readonly string[],
): { readonly variable: string; readonly text: string } | undefined {
  for (const variable of variables) {
    const text = environment[variable]
    if (text !== undefined && text !== '') return { variable, text }
  }
  return undefined
}

/**
 * The configuration with the environment laid over it. `origins` learns which values come from there.
 * What is no map is left for the check to refuse.
 */
export function withEnvironment(
  value: unknown,
  environment: Environment,
  origins: Origins,
): unknown {
  let result = value
  for (const { path, variables } of ENVIRONMENT_SETTINGS) {
    const set = firstSet(environment, variables)
    if (!set) continue
    result = replaced(result, path, set.text)
    origins.set(path, { type: 'environment', variable: set.variable })
  }
  return result
}

function replaced(value: unknown, path: SettingPath, text: string): unknown {
  const [name, ...rest] = path
  if (name === undefined) return text
  if (value !== undefined && !isPlainObject(value)) return value
  const inside = value && Object.hasOwn(value, name) ? value[name] : undefined
  return { ...value, [name]: replaced(inside, rest, text) }
}
