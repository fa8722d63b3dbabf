import type { DynamoDbClient } from './dynamodb-table.ts'
import type { BenchmarkContext } from './figure.ts'

/** A running DynamoDB Local, for the benchmarks that read from it. */
export type SourceRig = {
  readonly endpoint: string
  readonly client: DynamoDbClient
  readonly context: BenchmarkContext
}
