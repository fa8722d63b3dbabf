// Makes a table with a stream, and writes to it, as any client of DynamoDB does.
import {
  CreateTableCommand,
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb'

const client = new DynamoDBClient({
  endpoint: process.env.AWS_ENDPOINT_URL_DYNAMODB ?? 'http://127.0.0.1:8000',
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
})
const TableName = 'songs'
await client.send(
  new CreateTableCommand({
    TableName,
    KeySchema: [{ AttributeName: 'title', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'title', AttributeType: 'S' }],
    BillingMode: 'PAY_PER_REQUEST',
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
  }),
)
const title = { S: 'Blue in Green' }
await client.send(new PutItemCommand({ TableName, Item: { title, minutes: { N: '5' } } }))
await client.send(new PutItemCommand({ TableName, Item: { title, minutes: { N: '6' } } }))
await client.send(new DeleteItemCommand({ TableName, Key: { title } }))
console.log('three changes of one song')
