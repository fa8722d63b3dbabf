import {
  CreateAliasCommand,
  CreateFunctionCommand,
  PublishVersionCommand,
} from '@aws-sdk/client-lambda'
import t from 'tap'
import { functionOf } from '../support/lambda-client.ts'
import { MappingDaemon } from '../support/mapping-daemon.ts'

const ARN = 'arn:aws:lambda:us-east-1:000000000000:function'

t.test(
  'aws-semantics §1.2: the bare name, $LATEST, a version and an alias stand side by side',
  async (t) => {
    const rig = await MappingDaemon.start(t)
    await rig.client.send(
      new CreateFunctionCommand(functionOf('made', 'export const handler = () => {}')),
    )
    await rig.client.send(new PublishVersionCommand({ FunctionName: 'made' }))
    await rig.client.send(
      new CreateAliasCommand({ FunctionName: 'made', Name: 'prod', FunctionVersion: '1' }),
    )
    const uuids = new Map<string, string | undefined>()
    for (const [given, end] of [
      ['made', ''],
      ['function:made:$LATEST', ':$LATEST'],
      ['000000000000:function:made:1', ':1'],
      [`${ARN}:made:prod`, ':prod'],
    ] as const) {
      const { UUID, FunctionArn } = await rig.create({ FunctionName: given })
      t.equal(FunctionArn, `${ARN}:made${end}`, 'as qualified as it was given')
      uuids.set(end, UUID)
    }
    for (const [end, UUID] of uuids)
      for (const FunctionName of [
        `made${end}`,
        `000000000000:function:made${end}`,
        `${ARN}:made${end}`,
      ])
        t.same(await rig.uuids({ FunctionName }), [UUID], FunctionName)
  },
)

t.test('aws-semantics §1.2: filters of the list, by stream and by function', async (t) => {
  const rig = await MappingDaemon.start(t)
  const { arn, otherArn } = rig
  const a = (await rig.create()).UUID
  const b = (await rig.create({ EventSourceArn: otherArn })).UUID
  const c = (await rig.create({ EventSourceArn: otherArn, FunctionName: 'second' })).UUID
  const rows = [
    [{}, [a, b, c]],
    [{ EventSourceArn: arn }, [a]],
    [{ EventSourceArn: otherArn }, [b, c]],
    [{ FunctionName: 'told' }, [a, b]],
    [{ EventSourceArn: otherArn, FunctionName: 'told' }, [b]],
    [{ EventSourceArn: arn, FunctionName: 'second' }, []],
    [{ EventSourceArn: `${arn}0` }, []],
    [{ FunctionName: 'nobody' }, []],
    [{ FunctionName: '111111111111:function:told' }, []],
  ] as const
  for (const [filter, expected] of rows)
    t.same(await rig.uuids(filter), expected.toSorted(), JSON.stringify(filter))
  await t.rejects(rig.list({ FunctionName: 'a b' }), {
    name: 'ValidationException',
    message: /^1 validation error detected: Value 'a b' at 'functionName' failed to satisfy/,
    $metadata: { httpStatusCode: 400 },
  })
})

t.test('aws-semantics §1.1: pages, by MaxItems and Marker', async (t) => {
  const rig = await MappingDaemon.start(t)
  await rig.client.send(
    new CreateFunctionCommand(functionOf('made', 'export const handler = () => {}')),
  )
  const made: (string | undefined)[] = []
  for (let i = 0; i < 101; i++) {
    const FunctionName = `made:v${i}`
    const alias = { FunctionName: 'made', Name: `v${i}`, FunctionVersion: '$LATEST' }
    await rig.client.send(new CreateAliasCommand(alias))
    made.push((await rig.create({ FunctionName, Enabled: false })).UUID)
  }
  const whole = await rig.list({ MaxItems: 10_000 })
  t.equal(whole.EventSourceMappings?.length, 100, 'a page never holds more')
  const rest = await rig.list({ Marker: whole.NextMarker! })
  t.equal(rest.EventSourceMappings?.length, 1)
  t.equal(rest.NextMarker, undefined)
  t.same(
    [...whole.EventSourceMappings!, ...rest.EventSourceMappings!].map(({ UUID }) => UUID),
    made.toSorted(),
  )
  const first = await rig.list({ MaxItems: 40 })
  // What is deleted meanwhile does no harm, also where the page ended at it.
  const [last, next] = [made.toSorted()[39], made.toSorted()[40]]
  await rig.delete(last)
  const second = await rig.list({ MaxItems: 40, Marker: first.NextMarker! })
  t.equal(second.EventSourceMappings?.[0]?.UUID, next)
  t.equal(second.EventSourceMappings?.length, 40)
  const third = await rig.list({ FunctionName: 'made:v7', MaxItems: 1 })
  t.same([third.EventSourceMappings?.length, third.NextMarker], [1, undefined])
  const bad = (value: string, constraint: string) => ({
    name: 'ValidationException',
    message: `1 validation error detected: Value '${value}' at 'maxItems' failed to satisfy constraint: Member must have value ${constraint}`,
    $metadata: { httpStatusCode: 400 },
  })
  await t.rejects(rig.list({ MaxItems: 0 }), bad('0', 'greater than or equal to 1'))
  await t.rejects(rig.list({ MaxItems: 10_001 }), bad('10001', 'less than or equal to 10000'))
  for (const Marker of ['no marker', 'YQ==', 'Y'])
    await t.rejects(rig.list({ Marker }), {
      name: 'InvalidParameterValueException',
      message: 'Invalid Marker',
    })
})
