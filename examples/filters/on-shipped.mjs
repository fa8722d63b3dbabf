export const handler = async (event) => {
  for (const { eventName, dynamodb } of event.Records) {
    const { id, status } = dynamodb.NewImage
    console.log('told of', eventName, id.S, status.S)
  }
}
