import {
  CreateFunctionCommand,
  GetFunctionCommand,
  ListTagsCommand,
  PublishVersionCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-lambda'
import t from 'tap'
import { functionOf } from '../support/lambda-client.ts'
import { MAPPING_CONFIGURATION, MappingDaemon } from '../support/mapping-daemon.ts'
import { I, V } from '../support/mapping-requests.ts'

const HERE = 'arn:aws:lambda:us-east-1:000000000000'
const UNKNOWN = `${HERE}:event-source-mapping:5b1c0a0e-0f5e-4e6a-9a51-1d5a6a1f00aa`

/** The tag API of a daemon. */
const tagsOf = ({ client }: MappingDaemon) => ({
  list: async (Resource?: string) => (await client.send(new ListTagsCommand({ Resource }))).Tags,
  tag: (Resource: string | undefined, Tags: Record<string, string>) =>
    client.send(new TagResourceCommand({ Resource, Tags })),
  untag: (Resource: string | undefined, TagKeys: string[]) =>
    client.send(new UntagResourceCommand({ Resource, TagKeys })),
})

t.test(
  'aws-semantics §1.1: tags of a mapping, which outlive the daemon and change nothing else',
  async (t) => {
    const rig = await MappingDaemon.start(t)
    const { list, tag, untag } = tagsOf(rig)
    const created = await rig.create({ Tags: { team: 'a', gone: 'x' } })
    const { UUID, EventSourceMappingArn: arn } = created
    const before = await rig.still(UUID)
    t.same(await list(arn), { team: 'a', gone: 'x' })
    const tagged = await tag(arn, { team: 'b', 'two words': 'ü +-=._:/@' })
    t.equal(tagged.$metadata.httpStatusCode, 204)
    const untagged = await untag(arn, ['gone', 'never there'])
    t.equal(untagged.$metadata.httpStatusCode, 204)
    const expected = { team: 'b', 'two words': 'ü +-=._:/@' }
    t.same(await list(arn), expected)
    t.same(await rig.get(UUID), before)
    const { UUID: other } = await rig.create({ FunctionName: 'second' })
    t.same(await list((await rig.get(other)).EventSourceMappingArn), {}, 'none')
    await rig.update(UUID, { BatchSize: 3 })
    t.same(await list(arn), expected, 'an update leaves them')
    await rig.daemon.kill()
    const again = await MappingDaemon.start(t, rig.directory)
    t.same(await tagsOf(again).list(arn), expected)
    await tagsOf(again).untag(arn, Object.keys(expected))
    await again.daemon.kill()
    const third = await MappingDaemon.start(t, rig.directory)
    t.same(await tagsOf(third).list(arn), {})
  },
)

t.test('aws-semantics §1.1: tags of a function', async (t) => {
  const rig = await MappingDaemon.start(t)
  const { list, tag, untag } = tagsOf(rig)
  const { client, directory } = rig
  const made = functionOf('made', 'export const handler = () => {}', { Tags: { team: 'a' } })
  const { FunctionArn: arn } = await client.send(new CreateFunctionCommand(made))
  await tag(arn, { stage: 'prod' })
  await untag(arn, ['team'])
  t.same(await list(arn), { stage: 'prod' })
  t.match(await client.send(new GetFunctionCommand({ FunctionName: 'made' })), {
    Tags: { stage: 'prod' },
  })
  await client.send(new PublishVersionCommand({ FunctionName: 'made' }))
  const aliased = {
    name: I,
    message:
      'Tags on function aliases and versions are not supported. Please specify a function ARN.',
    $metadata: { httpStatusCode: 400 },
  }
  await t.rejects(list(`${arn}:1`), aliased)
  await t.rejects(tag(`${arn}:1`, { a: 'b' }), aliased)
  await t.rejects(list(`${HERE}:function:nobody`), {
    name: 'ResourceNotFoundException',
    message: `Function not found: ${HERE}:function:nobody`,
    $metadata: { httpStatusCode: 404 },
  })
  await rig.daemon.kill()
  t.same(await tagsOf(await MappingDaemon.start(t, directory)).list(arn), { stage: 'prod' })
})

t.test('aws-semantics §1.4: what the tag API refuses', async (t) => {
  const Mappings = [
    {
      Stream: 'others',
      FunctionName: 'told',
      StartingPosition: 'LATEST',
      Tags: { of: 'the file' },
    },
  ]
  const rig = await MappingDaemon.start(t, t.testdir(), { ...MAPPING_CONFIGURATION, Mappings })
  const { list, tag, untag } = tagsOf(rig)
  const all: readonly ((arn: string) => Promise<unknown>)[] = [
    list,
    (arn: string) => tag(arn, { a: 'b' }),
    (arn: string) => untag(arn, ['a']),
  ]
  for (const call of all) {
    await t.rejects(call(UNKNOWN), {
      name: 'ResourceNotFoundException',
      message: `Event source mapping not found: ${UNKNOWN}`,
      $metadata: { httpStatusCode: 404 },
    })
    for (const arn of ['x', `${UNKNOWN}:prod`, `${HERE}:event-source-mapping:x`])
      await t.rejects(call(arn), {
        name: V,
        message: new RegExp(
          `^1 validation error detected: Value '${arn}' at 'resource' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:\\(aws\\[a-zA-Z-\\]\\*\\):lambda:`,
        ),
        $metadata: { httpStatusCode: 400 },
      })
  }
  const [configured] = await rig.uuids()
  const { EventSourceMappingArn: fixed } = await rig.get(configured)
  t.same(await list(fixed), { of: 'the file' })
  for (const change of [() => tag(fixed, { a: 'b' }), () => untag(fixed, ['of'])])
    await t.rejects(change(), { name: 'ResourceConflictException', message: /millrace\.json:1:/ })
  const { EventSourceMappingArn: arn } = await rig.create({ Tags: { kept: '' } })
  const foreign = arn!.replace('000000000000', '111111111111')
  await t.rejects(list(foreign), { message: `Event source mapping not found: ${foreign}` })
  await t.rejects(tag(arn, {}), {
    name: I,
    message: 'An error occurred and the request cannot be processed.',
  })
  const tooMany = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`k${i}`, '']))
  await t.rejects(tag(arn, tooMany), {
    name: I,
    message: 'Number of tags exceeds resource tag limit (50).',
  })
  const bad: readonly Record<string, string>[] = [
    { '': 'x' },
    { 'a!': 'x' },
    { ['k'.repeat(129)]: '' },
    { a: 'v'.repeat(257) },
  ]
  for (const tags of bad)
    await t.rejects(tag(arn, tags), { name: V, $metadata: { httpStatusCode: 400 } })
  const bare = await rig.daemon.request(`/2017-03-31/tags/${arn}`, { method: 'DELETE' })
  t.equal(bare.status, 400)
  t.equal(bare.headers.get('x-amzn-errortype'), V)
  t.match(await bare.json(), {
    message:
      "1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: Member must not be null",
  })
  t.same(await list(arn), { kept: '' }, 'nothing of it was taken')
})
