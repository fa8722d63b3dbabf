import t from 'tap'
import {
  isOnItsWay,
  type LifeMessage,
  type MappingLife,
  type MappingState,
  stepLife,
} from '../../../lib/core/mapping/mapping-life.ts'

const ENABLED = new Set<MappingState>(['Enabled', 'Enabling'])
const life = (state: MappingState): MappingLife => ({ state, enabled: ENABLED.has(state) })
const update = (enabled: boolean): LifeMessage => ({ type: 'update', enabled })

t.test('aws-semantics §1.6: what is answered, and what comes then', (t) => {
  const rows = [
    ['Enabled', update(true), 'Updating', 'Enabled'],
    ['Enabled', update(false), 'Disabling', 'Disabled'],
    ['Disabled', update(true), 'Enabling', 'Enabled'],
    ['Disabled', update(false), 'Updating', 'Disabled'],
    ['Enabling', update(false), 'Disabling', 'Disabled'],
    ['Enabling', update(true), 'Updating', 'Enabled'],
    ['Disabling', update(true), 'Enabling', 'Enabled'],
    ['Disabling', update(false), 'Updating', 'Disabled'],
  ] as const
  for (const [from, message, answered, then] of rows) {
    const next = stepLife(life(from), message)
    t.equal(next.state, answered, `${from} → ${answered}`)
    t.ok(isOnItsWay(next))
    const still = stepLife(next, { type: 'arrived' })
    t.equal(still.state, then)
    t.notOk(isOnItsWay(still))
  }
  for (const enabled of [true, false])
    t.equal(
      stepLife({ state: 'Creating', enabled }, { type: 'arrived' }).state,
      enabled ? 'Enabled' : 'Disabled',
    )
  for (const from of ['Enabled', 'Disabled', 'Enabling', 'Disabling'] as const)
    t.equal(stepLife(life(from), { type: 'delete' }).state, 'Deleting')
  t.end()
})

t.test('D38: Update or Delete while Creating, Updating, Deleting', (t) => {
  for (const from of ['Creating', 'Updating', 'Deleting'] as const)
    for (const [message, text] of [
      [update(true), 'Cannot update the event source mapping because it is in use.'],
      [{ type: 'delete' }, 'Cannot delete the event source mapping because it is in use.'],
    ] as const)
      t.throws(() => stepLife(life(from), message), {
        exception: 'ResourceInUseException',
        status: 400,
        message: text,
      })
  t.end()
})
