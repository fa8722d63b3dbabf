export const handler = async (event) => {
  for (const { eventName, dynamodb } of event.Records)
    console.log('heard of', eventName, dynamodb.Keys.title.S)
}
