import t from 'tap'
import type { EpochMs } from '../../../lib/core/ids.ts'
import { readStoredMapping, storedMapping } from '../../../lib/core/mapping/stored-mapping.ts'
import { ARN } from '../../support/mapping-requests.ts'

const HOME = { region: 'us-east-1', account: '000000000000' }
const REQUEST = {
  EventSourceArn: ARN,
  FunctionName: 'gone:prod',
  StartingPosition: 'LATEST',
  Enabled: false,
  BatchSize: 7,
}
const lastModified = 1_764_000_000_123 as EpochMs

t.test(
  'contract §2: what is stored is read as it was, whether or not its function is there',
  (t) => {
    const tags = Object.fromEntries([
      ['team', 'a'],
      ['__proto__', 'x'],
    ])
    const stored = storedMapping({ request: REQUEST, tags, lastModified })
    const read = readStoredMapping(structuredClone(stored), HOME)
    t.same(read.request, REQUEST)
    t.strictSame(Object.entries(read.tags), Object.entries(tags))
    t.equal(read.lastModified, lastModified)
    t.match(read.settings, {
      source: { type: 'arn', arn: ARN },
      functionName: 'gone',
      functionQualifier: 'prod',
      enabled: false,
      batchSize: 7,
      maximumRetryAttempts: -1,
    })
    t.end()
  },
)

t.test('a file is where it was, wherever the process runs', (t) => {
  const DestinationConfig = { OnFailure: { Destination: 'file:/srv/failed' } }
  const request = { ...REQUEST, DestinationConfig }
  const stored = storedMapping({ request, tags: {}, lastModified })
  t.equal(readStoredMapping(stored, HOME).settings.onFailureDestination, 'file:/srv/failed')
  t.end()
})

t.test('what this version does not know is told, and not left out', (t) => {
  const stored = storedMapping({ request: { ...REQUEST, New: 1 }, tags: {}, lastModified })
  t.throws(() => readStoredMapping(stored, HOME), { name: 'ApiError', message: /'new'/ })
  t.end()
})
