import t, { type Test } from 'tap'
import { type LogLine, RunningDaemon } from '../support/daemon.ts'
import { millrace } from '../support/millrace-process.ts'

const CONFIGURATION = {
  Streams: { orders: { KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }] } },
  Functions: { told: { Runtime: 'nodejs20.x', CodeUri: '.', Handler: 'told.handler' } },
  Mappings: [
    {
      Stream: 'orders',
      FunctionName: 'told',
      StartingPosition: 'TRIM_HORIZON',
      MaximumRetryAttempts: 0,
    },
  ],
}
const HANDLER = `console.log('at load')
export const handler = async (event, context) => {
  console.debug('of debug')
  console.log('of log, for %s', context.awsRequestId)
  console.warn('of warn')
  console.error('of error\\nin two lines "quoted"')
  process.stdout.write('written ')
  process.stderr.write('to the other\\n')
  process.stdout.write('in parts\\n')
  console.error('the last line')
  throw new Error('it does not work')
}
`
const RECORD = {
  Keys: { id: { S: 'o-1' } },
  NewImage: { id: { S: 'o-1' }, card: { S: 'secret-image' } },
}
const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/

/** The log of a daemon that has given one record up. */
async function logOf(t: Test, level: string): Promise<readonly LogLine[]> {
  const directory = t.testdir({
    'millrace.json': JSON.stringify(CONFIGURATION),
    'told.mjs': HANDLER,
  })
  const input = `${JSON.stringify({ dynamodb: RECORD })}\n`
  t.equal(millrace(['put', 'orders'], directory, { input }).status, 0)
  const environment = { LOG_LEVEL: level }
  const daemon = await RunningDaemon.start(directory, { environment })
  t.teardown(() => daemon.kill())
  await daemon.request('/millrace/caught-up', { method: 'POST' })
  const { status, stdout } = await daemon.stop()
  t.equal(status, 0)
  t.equal(stdout, '', 'nothing of it is a result')
  return daemon.log()
}

const ofFunction = (lines: readonly LogLine[]) =>
  lines.flatMap(({ level, msg, function: name, requestId }) =>
    name === 'told' ? [[level, msg, requestId] as const] : [],
  )

t.test(
  'what a handler prints are lines of the log, with its function and its request',
  async (t) => {
    const log = await logOf(t, 'info')
    const lines = ofFunction(log)
    t.same(lines[0], [30, 'at load', undefined], 'no invocation runs yet')
    const requestId = lines.find(([, msg]) => msg.startsWith('of log'))![2] as string
    t.match(requestId, UUID)
    t.same(
      lines.filter(([, msg]) => msg !== 'at load'),
      [
        [30, `of log, for ${requestId}`, requestId],
        [40, 'of warn', requestId],
        [50, 'of error', requestId],
        [50, 'in two lines "quoted"', requestId],
        [50, 'to the other', requestId],
        [30, 'written in parts', requestId],
        [50, 'the last line', requestId],
      ],
    )
    const failed = log.find(({ msg }) => msg === 'attempt-failed')
    t.match(failed, { level: 40, error: { errorMessage: 'it does not work' } })
    t.notMatch(JSON.stringify(log), 'secret-image')
    t.notOk(log.some(({ msg }) => msg === 'shard-opened'))
  },
)

t.test('LOG_LEVEL holds for both', async (t) => {
  const debug = await logOf(t, 'debug')
  t.ok(ofFunction(debug).some(([level, msg]) => level === 20 && msg === 'of debug'))
  t.match(
    debug.find(({ msg }) => msg === 'shard-opened'),
    { level: 20 },
  )
})
