import { type CreateFunctionCommandInput, LambdaClient } from '@aws-sdk/client-lambda'
import type { RunningDaemon } from './daemon.ts'
import { zipOfFiles } from './zip-file.ts'

/** An SDK client for a daemon; it tries once. */
export function lambdaClient(daemon: Pick<RunningDaemon, 'url'>): LambdaClient {
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' }
  return new LambdaClient({
    endpoint: daemon.url,
    region: 'us-east-1',
    credentials,
    maxAttempts: 1,
  })
}

export const ROLE = 'arn:aws:iam::000000000000:role/any'

/** CreateFunction with the handler `index.handler` of this code. */
export function functionOf(
  name: string,
  code: string,
  more: Partial<CreateFunctionCommandInput> = {},
): CreateFunctionCommandInput {
  return {
    FunctionName: name,
    Runtime: 'nodejs20.x',
    Handler: 'index.handler',
    Role: ROLE,
    Code: { ZipFile: zipOfFiles({ 'index.mjs': code }) },
    ...more,
  }
}
