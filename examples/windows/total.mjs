/** What it returns as `state` is given to its next call in the same window; the last call has no records. */
export const handler = async ({ Records, window, state, isFinalInvokeForWindow }) => {
  let total = state.total ?? 0
  for (const { dynamodb } of Records) total += Number(dynamodb.NewImage.price.N)
  if (isFinalInvokeForWindow) console.log(`sold for ${total} from ${window.start} to ${window.end}`)
  return { state: { total } }
}
