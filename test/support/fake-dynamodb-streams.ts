import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Answer, Call, Fault, ScriptedStreams } from './scripted-streams.ts'

export type StreamsServer = { readonly endpoint: string; stop(): Promise<void> }

/** Puts a script behind HTTP on a loopback port. @param port a free one unless it is said. */
export async function serveStreams(script: ScriptedStreams, port = 0): Promise<StreamsServer> {
  const server = createServer((request, response) => {
    const operation = String(request.headers['x-amz-target']).split('.')[1]!
    const { headers } = request
    text(request)
      .then((body) => answer(script, { operation, request: JSON.parse(body), headers }, response))
      .catch((error: unknown) => response.destroy(error as Error))
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

async function answer(
  script: ScriptedStreams,
  call: Call,
  response: ServerResponse,
): Promise<void> {
  const { fault, answer } = script.take(call)
  if (fault?.type === 'wait') await fault.until
  const trueAnswer = answer()
  if (fault === undefined || fault.type === 'wait')
    send(response, trueAnswer.status, trueAnswer.body)
  else applyFault(response, fault, trueAnswer)
}

function applyFault(response: ServerResponse, fault: Fault, answer: Answer): void {
  if (fault.type === 'error') {
    const { status, code, message = code } = fault
    send(response, status, JSON.stringify({ __type: `ns#${code}`, Message: message }))
  } else if (fault.type === 'body') send(response, fault.status ?? 200, fault.body)
  else if (fault.type === 'truncate') {
    const body = Buffer.from(answer.body)
    response.writeHead(200, { 'content-length': body.length })
    response.write(body.subarray(0, body.length / 2), () => response.destroy())
  } else if (fault.type === 'endless') {
    response.writeHead(200)
    pour(response)
  } else response.destroy()
}

function send(response: ServerResponse, status: number, body: string | Uint8Array): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' })
  response.end(body)
}

function pour(response: ServerResponse): void {
  if (response.destroyed) return
  response.write(Buffer.alloc(65_536, 0x20), () => setImmediate(pour, response))
}
