import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import {
  MAPPING_CONFIGURATION,
  MappingDaemon,
  plain,
  putNumbers,
} from '../support/mapping-daemon.ts'

/** Says that it has begun, and ends when it is told to. */
const slowCode = (directory: string): string => `
import { existsSync, writeFileSync } from 'node:fs'
export const handler = async () => {
  writeFileSync(${JSON.stringify(join(directory, 'begun'))}, '')
  while (!existsSync(${JSON.stringify(join(directory, 'open'))})) await new Promise(setImmediate)
}
`

t.test('aws-semantics §1.6: what is answered, and what comes then', async (t) => {
  const rig = await MappingDaemon.start(t)
  const disabled = await rig.create({ Enabled: false })
  t.equal(disabled.State, 'Creating')
  t.equal((await rig.still(disabled.UUID)).State, 'Disabled')
  const { UUID, State } = await rig.create({ FunctionName: 'second' })
  t.equal(State, 'Creating')
  t.equal((await rig.still(UUID)).State, 'Enabled')
  for (const [change, answered, then] of [
    [{ BatchSize: 5 }, 'Updating', 'Enabled'],
    [{ Enabled: false }, 'Disabling', 'Disabled'],
    [{ BatchSize: 6 }, 'Updating', 'Disabled'],
    [{ Enabled: false }, 'Updating', 'Disabled'],
    [{ Enabled: true, BatchSize: 7 }, 'Enabling', 'Enabled'],
    [{ Enabled: true }, 'Updating', 'Enabled'],
  ] as const) {
    const answer = await rig.update(UUID, change)
    t.equal(answer.State, answered, JSON.stringify(change))
    t.equal(answer.StateTransitionReason, 'User action')
    t.equal((await rig.still(UUID)).State, then, JSON.stringify(change))
  }
  for (const uuid of [UUID, disabled.UUID]) {
    const answer = await rig.delete(uuid)
    t.match(answer, { State: 'Deleting', $metadata: { httpStatusCode: 202 } })
    await t.rejects(
      rig.until(uuid, (mapping) => mapping.State !== 'Deleting'),
      { name: 'ResourceNotFoundException', $metadata: { httpStatusCode: 404 } },
    )
  }
  t.same(await rig.uuids(), [])
})

t.test('D7, D38: while an invocation runs', async (t) => {
  const first = await MappingDaemon.start(t)
  const { directory } = first
  await first.daemon.stop()
  putNumbers(directory, [1])
  writeFileSync(join(directory, 'slow.mjs'), slowCode(directory))
  const slow = { Runtime: 'nodejs20.x', CodeUri: '.', Handler: 'slow.handler', Timeout: 60 }
  const Functions = { ...MAPPING_CONFIGURATION.Functions, slow }
  const rig = await MappingDaemon.start(t, directory, { ...MAPPING_CONFIGURATION, Functions })
  const { UUID } = await rig.create({ FunctionName: 'slow' })
  while (!existsSync(join(directory, 'begun'))) await rig.get(UUID)
  const inUse = (what: string) => ({
    name: 'ResourceInUseException',
    message: `Cannot ${what} the event source mapping because it is in use.`,
    $metadata: { httpStatusCode: 400 },
  })
  t.equal((await rig.update(UUID, { Enabled: false })).State, 'Disabling')
  t.equal((await rig.get(UUID)).State, 'Disabling', 'until it has ended')
  t.equal((await rig.update(UUID, { Enabled: true })).State, 'Enabling')
  t.equal((await rig.update(UUID, { BatchSize: 9 })).State, 'Updating')
  await t.rejects(rig.update(UUID, { BatchSize: 2 }), inUse('update'))
  await t.rejects(rig.delete(UUID), inUse('delete'))
  t.match(await rig.get(UUID), { State: 'Updating', BatchSize: 9 })
  writeFileSync(join(directory, 'open'), '')
  const still = await rig.still(UUID)
  t.match(still, { State: 'Enabled', BatchSize: 9, LastProcessingResult: 'OK' })
  t.same(plain(await rig.get(UUID)), still)
})

t.test('D34, D39: LastProcessingResult says what keeps a mapping from going on', async (t) => {
  const rig = await MappingDaemon.start(t)
  const { UUID } = await rig.create({ FunctionName: 'broken' })
  t.match(await rig.still(UUID), {
    State: 'Enabled',
    LastProcessingResult: /^PROBLEM: function broken: Runtime\.ImportModuleError/,
  })
  await rig.update(UUID, { FunctionName: 'told' })
  t.match(await rig.still(UUID), { LastProcessingResult: 'No records processed' })
})

t.test(
  'of changes that come at once each is whole, and no two mappings become the same',
  async (t) => {
    const rig = await MappingDaemon.start(t)
    const sizes = Array.from({ length: 8 }, (_, i) => i + 1)
    const created = await Promise.allSettled(sizes.map((BatchSize) => rig.create({ BatchSize })))
    const made = created.filter(({ status }) => status === 'fulfilled')
    t.equal(made.length, 1, 'one of them was first')
    const [UUID] = await rig.uuids()
    await rig.still(UUID)
    const other = await rig.create({ FunctionName: 'second', Enabled: false })
    const third = await rig.create({ FunctionName: 'broken', Enabled: false })
    await rig.delete(UUID)
    await t.rejects(
      rig.until(UUID, () => false),
      { name: 'ResourceNotFoundException' },
    )
    const renamed = await Promise.allSettled(
      [other, third].map((one) => rig.update(one.UUID, { FunctionName: 'told' })),
    )
    t.same(renamed.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected'])
    t.equal((await rig.uuids({ FunctionName: 'told' })).length, 1)
    const updates = sizes.map((BatchSize) =>
      rig.update(other.UUID, { BatchSize, MaximumRetryAttempts: BatchSize }),
    )
    await Promise.allSettled(updates)
    const { BatchSize, MaximumRetryAttempts } = await rig.still(other.UUID)
    t.equal(BatchSize, MaximumRetryAttempts)
  },
)
