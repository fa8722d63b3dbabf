// Names that are paths, addresses or programs.
import { CreateFunctionCommand, UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda'
import t, { type Test } from 'tap'
import { watchCondition } from '../support/daemon-condition.ts'
import { functionOf, lambdaClient } from '../support/lambda-client.ts'
import { MappingDaemon } from '../support/mapping-daemon.ts'
import { exchange, requestText, statusesOf } from '../support/raw-http.ts'

const FUNCTION = functionOf('fn', 'export const handler = async () => 1')

async function attacked(t: Test) {
  const { daemon, directory, arn } = await MappingDaemon.start(t)
  await lambdaClient(daemon).send(new CreateFunctionCommand(FUNCTION))
  const unharmed = await watchCondition(t, { ask: (path) => daemon.request(path), directory })
  return { daemon, port: daemon.port, arn, unharmed }
}

const PLACES = [
  'GET /2015-03-31/functions/{}',
  'GET /2015-03-31/functions/{}/configuration',
  'GET /2015-03-31/functions/{}/versions',
  'GET /2015-03-31/functions/{}/aliases/{}',
  'GET /2015-03-31/functions/fn/aliases/{}',
  'PUT /2015-03-31/functions/{}/code',
  'POST /2015-03-31/functions/{}/invocations',
  'DELETE /2015-03-31/functions/{}',
  'DELETE /2015-03-31/functions/fn?Qualifier={}',
  'PUT /2017-10-31/functions/{}/concurrency',
  'GET /2017-03-31/tags/{}',
  'GET /2015-03-31/event-source-mappings/{}',
  'DELETE /2015-03-31/event-source-mappings/{}',
  'PUT /2015-03-31/event-source-mappings/{}',
  'POST /millrace/streams/{}/records',
  'GET /millrace/mappings/{}',
  'GET /millrace/mappings/{}/checkpoint',
  'POST /millrace/mappings/{}/checkpoint/set',
  'GET /millrace/failed/{}',
  'POST /millrace/failed/{}/redrive',
  'GET /millrace/failed/redrives/{}',
  'POST /millrace/failed/redrives/{}/cancel',
]

const PATHS = [
  '..',
  '%2e%2e',
  '../../../../etc/passwd',
  '..%2f..%2f..%2fetc%2fpasswd',
  '%252e%252e%252fx',
  '%2fetc%2fpasswd',
  '..%5c..%5cx',
  'C:%5cx',
  '%C0%AE%C0%AE%2fx',
  'fn%00.js',
  '%00',
  'file:%2f%2f%2fetc%2fpasswd',
  'data:text%2fjavascript,1',
  'node:fs',
  'a'.repeat(1500),
]

t.test('reliability §4 (7): a path instead of a name', async (t) => {
  const { port, unharmed } = await attacked(t)
  const headers = [`Host: 127.0.0.1:${port}`, 'Content-Length: 2']
  for (const place of PLACES) {
    const refused: string[] = []
    for (const path of PATHS) {
      const line = place.replaceAll('{}', path)
      const sent = line.startsWith('GET') ? headers.slice(0, 1) : headers
      const answer = await exchange(port, requestText(line, sent, sent.length === 2 ? '{}' : ''))
      const [status = 0] = statusesOf(answer)
      if (status >= 400 && status < 500 && !/root:/.test(answer)) refused.push(path)
      else t.fail(`${line}: ${answer}`)
    }
    t.same(refused, PATHS, place)
  }
  await unharmed()
})

t.test('reliability §4 (7): a path instead of a handler', async (t) => {
  const { daemon, unharmed } = await attacked(t)
  const client = lambdaClient(daemon)
  const [syntax, outsideOfZip] = ['ValidationException', 'InvalidParameterValueException']
  const rows: [string, string][] = [
    ['../outside.handler', syntax],
    ['a/../../outside.handler', syntax],
    ['..\\outside.handler', syntax],
    ['.', syntax],
    ['/outside.handler', outsideOfZip],
    ['file:///outside.handler', outsideOfZip],
    ['data:text/javascript,1.handler', outsideOfZip],
    ['node:fs.readFileSync', outsideOfZip],
    ['index\0.handler', outsideOfZip],
  ]
  const errorOf = (sent: Promise<unknown>) => sent.catch((thrown: unknown) => thrown)
  for (const [Handler, name] of rows) {
    const refused = { name, $metadata: { httpStatusCode: 400 } }
    const create = new CreateFunctionCommand({ ...FUNCTION, FunctionName: 'x', Handler })
    t.match(await errorOf(client.send(create)), refused, `a new one: ${Handler}`)
    const change = new UpdateFunctionConfigurationCommand({ FunctionName: 'fn', Handler })
    t.match(await errorOf(client.send(change)), refused, `a change: ${Handler}`)
  }
  await unharmed()
})

const MAPPINGS = '/2015-03-31/event-source-mappings'

t.test('reliability §4 (9, 10): addresses instead of names, filters that explode', async (t) => {
  const { daemon, port, arn, unharmed } = await attacked(t)
  const metadata = 'http://169.254.169.254/latest/meta-data/'
  const to = (Destination: string) => ({ DestinationConfig: { OnFailure: { Destination } } })
  const filter = (Pattern: string) => ({ FilterCriteria: { Filters: [{ Pattern }] } })
  const either = '"$or":[{"a":["b"]},{"c":["d"]}]'
  const parallel = Array.from({ length: 12 }, (_, i) => `"f${i}":{${either}}`).join(',')
  const rows: [string, object, RegExp][] = [
    ['a function at an address', { FunctionName: metadata }, /functionName/],
    ['a function at our own', { FunctionName: `http://127.0.0.1:${port}/livez` }, /functionName/],
    ['a function in a file', { FunctionName: 'file:///etc/passwd' }, /functionName/],
    ['a name long to read', { FunctionName: `us${'-a'.repeat(50_000)}!` }, /functionName/],
    ['a destination long to read', to(`arn:aws:sqs:us${'-a'.repeat(50_000)}!`), /destination/],
    ['a destination at an address', to(metadata), /destination/],
    ['a destination in a file', to('file:./failed.ndjson'), /destination/],
    ['a destination without an owner', to('arn:aws:sqs:::../../x'), /destination/],
    ['Kafka', { SelfManagedEventSource: { Endpoints: { a: [metadata] } } }, /SelfManaged/],
    ['a stream at an address', { EventSourceArn: metadata }, /^Stream not found/],
    ['a stream in a file', { EventSourceArn: 'file:///etc/passwd' }, /^Stream not found/],
    ['a filter 800 deep', filter(`${'{"a":'.repeat(800)}1${'}'.repeat(800)}`), /filter/],
    ['a filter of many ways', filter(`{${parallel}}`), /filter/],
    ['a long filter', filter(`{"a":[{"anything-but":["${'b'.repeat(5000)}"]}]}`), /filter/],
  ]
  const wanted = { EventSourceArn: arn, FunctionName: 'told', StartingPosition: 'LATEST' }
  const create = (change: object) =>
    daemon.request(MAPPINGS, { method: 'POST', body: JSON.stringify({ ...wanted, ...change }) })
  for (const [name, change, message] of rows) {
    const answer = await create(change)
    t.equal(answer.status, 400, name)
    t.match(await answer.json(), { message }, name)
  }
  await unharmed()
  t.equal((await create({})).status, 202, 'as it should be')
})

t.test('reliability §4 (12): what a name carries on stays text', async (t) => {
  const { daemon, port, unharmed } = await attacked(t)
  const host = [`Host: 127.0.0.1:${port}`]
  for (const name of ['a%0d%0aX-Evil:%20b', '%1b%5b31mred', '%3Cscript%3E', '%E2%80%AE']) {
    const answer = await exchange(port, requestText(`GET /2015-03-31/functions/${name}`, host))
    t.same(
      statusesOf(answer).map((status) => Math.floor(status / 100)),
      [4],
      name,
    )
    t.notMatch(answer, /^X-Evil/im, name)
    t.notMatch(answer, '\u001b', name)
    t.match(answer, /^content-type: application\/json/im, name)
  }
  for (const line of daemon.log()) t.notMatch(JSON.stringify(line), /\\u001b|X-Evil/)
  await unharmed()
})
