import { REGION } from '../../engine/configuration.ts'

export type ServiceOptions = {
  readonly endpoint: string
  readonly tableName: string
  readonly batchSize: number
  /** Pause after each page; the plugin's own where it is not given. @unit ms */
  readonly readIntervalMs?: number
  /** Where the handler writes down what it saw. */
  readonly handledFile: string
  /** Where the plugin keeps its position: a new one for each run, for it resumes from an old one. */
  readonly checkpointFile: string
  readonly lambdaPort: number
  readonly httpPort: number
}

/**
 * The service's `serverless.json`. `readInterval` stands at the event: the plugin's own page tells of it elsewhere, where
 * its code does not look. Neither it nor `tableName` is in the schema, so that is not asked.
 */
export function serviceConfiguration(options: ServiceOptions) {
  const { endpoint, tableName, readIntervalMs } = options
  return {
    service: 'millrace-bench',
    configValidationMode: 'off',
    provider: { name: 'aws', runtime: 'nodejs20.x', region: REGION },
    plugins: ['serverless-offline-dynamodb-streams', 'serverless-offline'],
    custom: {
      'serverless-offline': {
        host: '127.0.0.1',
        httpPort: options.httpPort,
        lambdaPort: options.lambdaPort,
      },
      'serverless-offline-dynamodb-streams': {
        endpoint,
        region: REGION,
        accessKeyId: 'millrace',
        secretAccessKey: 'millrace',
        checkpointFile: options.checkpointFile,
      },
    },
    functions: {
      handled: {
        handler: 'handler.handler',
        environment: { HANDLED_FILE: options.handledFile },
        events: [
          {
            stream: {
              type: 'dynamodb',
              tableName,
              batchSize: options.batchSize,
              startingPosition: 'TRIM_HORIZON',
              ...(readIntervalMs === undefined ? {} : { readInterval: readIntervalMs }),
            },
          },
        ],
      },
    },
  }
}
