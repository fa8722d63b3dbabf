import {
  CreateAliasCommand,
  CreateFunctionCommand,
  PublishVersionCommand,
  type UpdateEventSourceMappingCommandInput,
} from '@aws-sdk/client-lambda'
import t from 'tap'
import { functionOf } from '../support/lambda-client.ts'
import { MappingDaemon, plain, putNumbers, tellingCode } from '../support/mapping-daemon.ts'

type MappingChange = Partial<UpdateEventSourceMappingCommandInput>

/** Every setting of aws-semantics §1.3 that a DynamoDB stream takes and an update may change. */
const SETTINGS = {
  BatchSize: 7,
  MaximumBatchingWindowInSeconds: 1,
  ParallelizationFactor: 3,
  MaximumRecordAgeInSeconds: 3600,
  MaximumRetryAttempts: 4,
  BisectBatchOnFunctionError: true,
  FunctionResponseTypes: ['ReportBatchItemFailures' as const],
  DestinationConfig: { OnFailure: { Destination: 'arn:aws:sqs:us-east-1:000000000000:q' } },
  FilterCriteria: { Filters: [{ Pattern: '{"eventName":["INSERT"]}' }] },
  MetricsConfig: { Metrics: ['EventCount' as const] },
}
/** As AWS has them where nothing is given. */
const DEFAULTS = {
  BatchSize: 100,
  MaximumBatchingWindowInSeconds: 0,
  ParallelizationFactor: 1,
  MaximumRecordAgeInSeconds: -1,
  MaximumRetryAttempts: -1,
  BisectBatchOnFunctionError: false,
  TumblingWindowInSeconds: 0,
  FunctionResponseTypes: [],
  DestinationConfig: { OnFailure: {} },
}

t.test('aws-semantics §1.3, §1.5: defaults, echo, and their order', async (t) => {
  const rig = await MappingDaemon.start(t)
  const created = await rig.create({ Enabled: false })
  t.equal(created.$metadata.httpStatusCode, 202)
  t.match(created, { ...DEFAULTS, State: 'Creating', StateTransitionReason: 'User action' })
  t.same(
    [created.FilterCriteria, created.MetricsConfig, created.KMSKeyArn],
    [undefined, undefined, undefined],
  )
  const got = await rig.get(created.UUID)
  t.same(got, { ...plain(created), State: 'Disabled' })
  const path = `/2015-03-31/event-source-mappings/${created.UUID}`
  t.same(Object.keys((await (await rig.daemon.request(path)).json()) as object), [
    'UUID',
    'StartingPosition',
    'BatchSize',
    'MaximumBatchingWindowInSeconds',
    'ParallelizationFactor',
    'EventSourceArn',
    'FunctionArn',
    'LastModified',
    'LastProcessingResult',
    'State',
    'StateTransitionReason',
    'DestinationConfig',
    'MaximumRecordAgeInSeconds',
    'BisectBatchOnFunctionError',
    'MaximumRetryAttempts',
    'TumblingWindowInSeconds',
    'FunctionResponseTypes',
    'EventSourceMappingArn',
  ])
  t.equal(
    got.EventSourceMappingArn,
    `arn:aws:lambda:us-east-1:000000000000:event-source-mapping:${got.UUID}`,
  )
  t.equal(got.LastProcessingResult, 'No records processed')
  t.ok(got.LastModified instanceof Date)
})

t.test('what Create was given Get answers; the same again changes nothing', async (t) => {
  const rig = await MappingDaemon.start(t)
  const created = await rig.create(SETTINGS)
  const { UUID } = created
  const got = await rig.still(UUID)
  t.match(got, { ...SETTINGS, State: 'Enabled', StartingPosition: 'TRIM_HORIZON' })
  t.same(got, { ...plain(created), State: 'Enabled' })
  t.same((await rig.list()).EventSourceMappings, [got])
  const { log } = rig.daemon
  const changes = () =>
    log.call(rig.daemon).filter(({ msg }) => msg === 'mapping-changed' || msg === 'shard-opened')
  const before = changes().length
  for (const same of [
    {},
    SETTINGS,
    { ...SETTINGS, FunctionName: got.FunctionArn, Enabled: true },
    { FunctionName: '000000000000:function:told' },
  ]) {
    const answer = await rig.update(UUID, same)
    t.same(plain(answer), { ...got, State: 'Updating' })
    t.equal(answer.$metadata.httpStatusCode, 202)
    t.same(await rig.still(UUID), got)
  }
  t.equal(changes().length, before, 'no shard was let go for it')
  const changed = await rig.update(UUID, { BatchSize: 8 })
  t.ok(changed.LastModified! >= got.LastModified!)
  await rig.still(UUID)
  t.ok(changes().length > before, 'another setting is taken up')
})

t.test('aws-semantics §1.5: settings are cleared one by one', async (t) => {
  const rig = await MappingDaemon.start(t)
  const { UUID } = await rig.create({ ...SETTINGS, Enabled: false })
  await rig.still(UUID)
  const rows = [
    [{ DestinationConfig: { OnFailure: { Destination: '' } } }, 'DestinationConfig'],
    [{ FunctionResponseTypes: [] }, 'FunctionResponseTypes'],
    [{ FilterCriteria: {} }, 'FilterCriteria'],
    [{ MetricsConfig: { Metrics: [] } }, 'MetricsConfig'],
    [{ ParallelizationFactor: 1 }, 'ParallelizationFactor'],
    [{ MaximumBatchingWindowInSeconds: 0 }, 'MaximumBatchingWindowInSeconds'],
    [{ MaximumRecordAgeInSeconds: -1 }, 'MaximumRecordAgeInSeconds'],
    [{ MaximumRetryAttempts: -1 }, 'MaximumRetryAttempts'],
    [{ BisectBatchOnFunctionError: false }, 'BisectBatchOnFunctionError'],
    [{ BatchSize: 100 }, 'BatchSize'],
  ] satisfies (readonly [MappingChange, keyof MappingChange])[]
  let expected: Readonly<Record<string, unknown>> = {
    ...(await rig.get(UUID)),
  }
  for (const [change, name] of rows) {
    const { [name]: _cleared, LastModified: _then, ...others } = expected
    const answer = await rig.update(UUID, change)
    const { [name]: cleared, LastModified, ...rest } = plain(answer)
    t.same(cleared, (DEFAULTS as Readonly<Record<string, unknown>>)[name], name)
    t.same(rest, { ...others, State: 'Updating' })
    expected = { ...(await rig.still(UUID)) }
    t.same(expected, { ...plain(answer), LastModified, State: 'Disabled' })
  }
  t.match(await rig.update(UUID, { TumblingWindowInSeconds: 60 }), { TumblingWindowInSeconds: 60 })
  await rig.still(UUID)
  t.match(await rig.update(UUID, { TumblingWindowInSeconds: 0 }), { TumblingWindowInSeconds: 0 })
  await rig.still(UUID)
  t.match(await rig.update(UUID, { KMSKeyArn: '' }), { State: 'Updating' })
  t.match(await rig.still(UUID), { ...DEFAULTS, State: 'Disabled' })
  const same = await rig.create({ FunctionName: 'second', FilterCriteria: { Filters: [] } })
  t.equal(same.FilterCriteria, undefined, '§1.5: empty filters are none')
})

t.test('aws-semantics §1.2: an update may name a version or an alias, in every form', async (t) => {
  const first = await MappingDaemon.start(t)
  await first.daemon.stop()
  putNumbers(first.directory, [1])
  const rig = await MappingDaemon.start(t, first.directory)
  const made = functionOf('made', tellingCode(rig.directory), { Publish: true })
  await rig.client.send(new CreateFunctionCommand(made))
  await rig.client.send(new PublishVersionCommand({ FunctionName: 'made' }))
  await rig.client.send(
    new CreateAliasCommand({ FunctionName: 'made', Name: 'prod', FunctionVersion: '1' }),
  )
  const { UUID } = await rig.create()
  await rig.hasSeen(1)
  const arn = 'arn:aws:lambda:us-east-1:000000000000:function:made'
  for (const [FunctionName, FunctionArn] of [
    ['made', arn],
    ['made:1', `${arn}:1`],
    ['000000000000:function:made:prod', `${arn}:prod`],
    [`${arn}:$LATEST`, `${arn}:$LATEST`],
    [`${arn}:prod`, `${arn}:prod`],
  ] as const) {
    t.match(await rig.update(UUID, { FunctionName }), { FunctionArn, State: 'Updating' })
    t.match(await rig.still(UUID), { FunctionArn, State: 'Enabled', LastProcessingResult: 'OK' })
  }
  await t.rejects(rig.update(UUID, { FunctionName: 'made:nobody' }), {
    name: 'InvalidParameterValueException',
    message: 'Function does not exist',
  })
  t.equal((await rig.daemon.stop()).status, 0)
  putNumbers(rig.directory, [2])
  const again = await MappingDaemon.start(t, rig.directory)
  t.match(await again.get(UUID), { FunctionArn: `${arn}:prod` })
  await again.hasSeen(1, 'made')
  t.same([again.seen(), again.seen('made')], [['1'], ['2']], 'it went on from where it was')
})
