import t from 'tap'
import { type ReadinessFacts, unreadiness } from '../../../lib/core/mapping/readiness.ts'

const refused = { type: 'refused', reason: 'no such table' } as const

for (const [facts, reason] of [
  [{ state: 'Enabled' }, undefined],
  [{ state: 'Updating' }, undefined],
  [{ state: 'Creating' }, 'it is being created'],
  [{ state: 'Enabling' }, 'it is being enabled'],
  [{ state: 'Enabled', loss: 'no handler' }, 'no handler'],
  [{ state: 'Enabled', sourceFailure: refused }, 'its source is refused: no such table'],
  [
    { state: 'Enabled', sourceFailure: { type: 'unreachable', reason: 'ECONNREFUSED' } },
    'its source is not reached: ECONNREFUSED',
  ],
  [{ state: 'Enabled', sourceFailure: { type: 'throttled', reason: 'slow down' } }, undefined],
  [{ state: 'Disabled', loss: 'no handler', sourceFailure: refused }, undefined],
  [{ state: 'Disabling', loss: 'no handler' }, undefined],
  [{ state: 'Deleting', loss: 'no handler' }, undefined],
] as const satisfies readonly (readonly [ReadinessFacts, string | undefined])[])
  t.test(`${JSON.stringify(facts)}: ${reason ?? 'ready'}`, (t) => {
    t.equal(unreadiness(facts), reason)
    t.end()
  })
