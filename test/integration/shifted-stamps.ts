import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** As far as the records of the past are moved: more than DynamoDB Local's minute. @unit s */
const SHIFT_SECONDS = 120

/**
 * Stands before DynamoDB Local and lets records whose `id` begins with `before` look two minutes old, as nobody waits
 * for one of its whole minutes to pass (D21). Everything else goes through unchanged. @returns its endpoint.
 */
export async function startShiftedStamps(
  t: { teardown(done: () => Promise<void>): void },
  endpoint: string,
): Promise<string> {
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const { 'x-amz-target': target, authorization } = request.headers
    const answer = await fetch(endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': String(target),
        authorization: String(authorization),
      },
      body: Buffer.concat(parts),
    })
    const text = await answer.text()
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' })
    response.end(String(target).endsWith('.GetRecords') ? shifted(text) : text)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

type Answer = {
  readonly Records?: readonly {
    readonly dynamodb: {
      ApproximateCreationDateTime: number
      readonly Keys: { readonly id: { readonly S: string } }
    }
  }[]
}

function shifted(text: string): string {
  const answer = JSON.parse(text) as Answer
  for (const { dynamodb } of answer.Records ?? [])
    if (dynamodb.Keys.id.S.startsWith('before'))
      dynamodb.ApproximateCreationDateTime -= SHIFT_SECONDS
  return JSON.stringify(answer)
}
