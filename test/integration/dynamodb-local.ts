/** The benchmark starts the same server, and is packed without the tests: it lives there. */
export { type DynamoDbLocal, startDynamoDbLocal } from '../../bench/dynamodb/dynamodb-local.ts'
