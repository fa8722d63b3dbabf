import t from 'tap'
import { configuredMappingUuid, mappingUuid } from '../../lib/engine/mapping-uuid.ts'

t.test('stable for ever: positions are stored below it (D32)', (t) => {
  t.equal(
    mappingUuid({ type: 'embedded', name: 'orders' }, 'on-order'),
    '6bd7c5d8-1778-534e-8929-3e4b27db53e8',
  )
  t.end()
})

t.test('version 5, and another for any other stream or function', (t) => {
  const uuids = [
    mappingUuid({ type: 'embedded', name: 'a' }, 'f'),
    mappingUuid({ type: 'table', name: 'a' }, 'f'),
    mappingUuid({ type: 'arn', arn: 'a' }, 'f'),
    mappingUuid({ type: 'embedded', name: 'a' }, 'f:$LATEST'),
    mappingUuid({ type: 'embedded', name: 'a","f' }, ''),
  ]
  for (const uuid of uuids)
    t.match(uuid, /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  t.equal(new Set(uuids).size, uuids.length)
  const source = { type: 'embedded', name: 'a' } as const
  t.equal(configuredMappingUuid({ source, functionName: 'f' }), uuids[0])
  t.equal(
    configuredMappingUuid({ source, functionName: 'f', functionQualifier: '$LATEST' }),
    uuids[3],
  )
  t.end()
})
