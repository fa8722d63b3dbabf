export const handler = async (event) => {
  console.log('asked for', event.Records.map(({ dynamodb }) => dynamodb.Keys.id.S).join(' '))
  for (const { dynamodb } of event.Records) {
    const { id, amount } = dynamodb.NewImage
    if (!amount) throw new Error(`${id.S} has no amount`)
  }
}
