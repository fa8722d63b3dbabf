import t from 'tap'
import { Slab } from '../../../lib/actors/lane-memory/slab.ts'
import type { ResolvedFunction } from '../../../lib/core/function/resolve-function.ts'
import type { EngineConfiguration } from '../../../lib/core/mapping/settings.ts'
import { EngineFunctions } from '../../../lib/engine/engine-functions.ts'
import { SYSTEM_RANDOM } from '../../../lib/engine/system-random.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

const MINUTE_MS = 60_000
const HOME = { region: 'us-east-1', account: '000000000000' }

const program = (id: string): ResolvedFunction => ({
  name: 'fn',
  version: '$LATEST',
  program: id,
  settings: { type: 'inline', handler: () => id, timeoutSeconds: 3 },
})

t.test(
  'a program has one pool; it ends when nobody needs it, and nobody has wanted it for a minute',
  async (t) => {
    const clock = new VirtualClock()
    let looks = 0
    const functions = new EngineFunctions({
      configuration: HOME as EngineConfiguration,
      slab: new Slab(8 * 1024 * 1024),
      clock,
      random: SYSTEM_RANDOM,
      logLevel: undefined,
      failed: () => t.fail('nothing fails'),
      look: () => looks++,
    })
    const [one, two] = [functions.pool(program('1')), functions.pool(program('2'))]
    t.not(one, two)
    t.equal(functions.pool(program('1')), one)
    await functions.retire(() => false)
    t.equal(functions.pool(program('2')), two, 'it was wanted just now')
    await clock.advance(MINUTE_MS + 1)
    t.equal(looks, 1, 'it says when it is time to look')
    await functions.retire((pool) => pool === one)
    t.equal(functions.pool(program('1')), one, 'it is used')
    t.not(functions.pool(program('2')), two, 'it was stopped')
    await functions.stop()
  },
)
