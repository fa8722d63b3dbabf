import t, { type Test } from 'tap'
import { idsOf, openApiEngine } from '../support/api-engine.ts'

const MAPPING = {
  Stream: 'orders',
  FunctionName: 'gated',
  StartingPosition: 'TRIM_HORIZON',
} as const

/** An engine whose function fails until the test lets it work. */
async function openGated(t: Test, mapping: object = {}) {
  const gate = { isOpen: false, seen: [] as string[] }
  const api = await openApiEngine(t, {
    functions: {
      gated: (event: unknown) => {
        if (!gate.isOpen) throw new Error('closed')
        gate.seen.push(...idsOf(event))
      },
    },
    mappings: [{ ...MAPPING, BatchSize: 1, MaximumRetryAttempts: 0, ...mapping }],
  })
  const uuid = api.engine.mappings.list()[0]!.UUID
  return { ...api, gate, uuid }
}

t.test('a mapping tells what holds it up, since when and why', async (t) => {
  const { engine, put, get, uuid } = await openGated(t, { MaximumRetryAttempts: -1 })
  const events = engine.inspect()
  await put('o-1')
  for await (const { type } of events) if (type === 'attempt-failed') break
  const { status, body } = await get(`/millrace/mappings/${uuid}`)
  t.equal(status, 200)
  t.match(body, {
    uuid,
    functionName: 'gated',
    state: 'Enabled',
    ledger: { polled: 1, inFlight: 1, delivered: 0 },
    shards: [
      {
        recordsBehind: 1,
        lanes: [{ blocked: { key: { id: { S: 'o-1' } }, error: { errorMessage: 'closed' } } }],
      },
    ],
  })
  t.type(body.shards[0].lanes[0].blocked.since, 'number')
  const all = await get('/millrace/mappings')
  t.equal(all.body.mappings.length, 1)
  t.same(all.body.outbox, { delivered: 0, blocked: false, problems: {} })
  t.match((await get(`/millrace/mappings/${uuid}/ledger`)).body, { polled: 1, inFlight: 1 })
  t.match((await get('/millrace/ledger')).body, { polled: 1, inFlight: 1 })
})

t.test('what is not there is answered in AWS’s shape, with our code and what to do', async (t) => {
  const { get, post } = await openApiEngine(t)
  for (const [path, code] of [
    ['/millrace/mappings/none', 'MILLRACE_MAPPING_UNKNOWN'],
    ['/millrace/mappings/none/ledger', 'MILLRACE_MAPPING_UNKNOWN'],
    ['/millrace/mappings/none/checkpoint', 'MILLRACE_MAPPING_UNKNOWN'],
    ['/millrace/failed/none', 'MILLRACE_FAILED_BATCH_UNKNOWN'],
    ['/millrace/failed/redrives/none', 'MILLRACE_REDRIVE_UNKNOWN'],
  ] as const) {
    const { status, exception, body } = await get(path)
    t.equal(status, 404, path)
    t.equal(exception, 'ResourceNotFoundException')
    t.match(body, { Type: 'User', Code: code, message: /none/, Remedy: /./ })
  }
  t.equal((await post('/millrace/failed/none/redrive')).body.Code, 'MILLRACE_FAILED_BATCH_UNKNOWN')
  t.equal(
    (await post('/millrace/failed/redrives/none/cancel')).body.Code,
    'MILLRACE_REDRIVE_UNKNOWN',
  )
})

t.test('failed batches: listed by filters and pages, shown, exported', async (t) => {
  const { engine, put, get, request, uuid } = await openGated(t)
  await put('o-1', 'o-2', 'o-3')
  await engine.caughtUp()
  const { body } = await get('/millrace/failed')
  t.equal(body.purged, 0)
  t.equal(body.failed.length, 3)
  t.match(body.failed[0], {
    mapping: uuid,
    condition: 'RetryAttemptsExhausted',
    recordCount: 1,
    state: 'kept',
  })
  const ids = body.failed.map(({ id }: { id: string }) => id)
  for (const [query, found] of [
    ['key=o-2', [ids[1]]],
    [`mapping=${uuid}`, ids],
    ['mapping=other', []],
    ['condition=RecordAgeExceeded', []],
    ['since=1h', ids],
    ['until=2020-01-31', []],
    ['MaxItems=2', ids.slice(0, 2)],
  ] as const) {
    const listed = await get(`/millrace/failed?${query}`)
    t.same(
      listed.body.failed.map(({ id }: { id: string }) => id),
      found,
      query,
    )
  }
  const { NextMarker } = (await get('/millrace/failed?MaxItems=2')).body
  const next = await get(`/millrace/failed?MaxItems=2&Marker=${NextMarker}`)
  t.same(
    next.body.failed.map(({ id }: { id: string }) => id),
    ids.slice(2),
  )
  t.notOk('NextMarker' in next.body)
  const one = await get(`/millrace/failed/${ids[0]}`)
  t.match(one.body, {
    id: ids[0],
    event: { Records: [{ dynamodb: { Keys: { id: { S: 'o-1' } } } }] },
  })
  const exported = await request('/millrace/failed/export')
  t.equal(exported.headers.get('content-type'), 'application/x-ndjson')
  const lines = (await exported.text()).trimEnd().split('\n')
  t.same(
    lines.map((line) => JSON.parse(line).id),
    ids,
  )
})

t.test('a query or a body that says something else is refused', async (t) => {
  const { get, post } = await openApiEngine(t)
  for (const [query, message] of [
    ['colour=red', /Unknown member 'colour'/],
    ['since=yesterday', /since must be a time as/],
    ['condition=Bored', /enum value set: \[RetryAttemptsExhausted, RecordAgeExceeded\]/],
    ['key=a&key=b', /key/],
    ['MaxItems=0', /maxItems/],
  ] as const) {
    const { status, body } = await get(`/millrace/failed?${query}`)
    t.equal(status, 400, query)
    t.match(body.message, message)
  }
  for (const path of ['/millrace/failed/redrive', '/millrace/failed/purge'])
    for (const [body, message] of [
      [{}, /Say which failed batches are meant/],
      [{ all: true, key: 'o-1' }, /all leaves nothing out/],
      [{ everything: true }, /Unknown member 'everything'/],
      [{ all: 'yes' }, /boolean|true or false/],
      [[], /./],
    ] as const) {
      const refused = await post(path, body)
      t.equal(refused.status, 400, `${path} ${JSON.stringify(body)}`)
      t.match(refused.body.message, message)
    }
})

t.test('failed batches are sent again, and removed', async (t) => {
  const { engine, put, get, post, gate } = await openGated(t)
  await put('o-1', 'o-2', 'o-3')
  await engine.caughtUp()
  gate.isOpen = true
  const { failed } = (await get('/millrace/failed')).body
  const preview = await post('/millrace/failed/redrive', { all: true, dryRun: true })
  t.match(preview, {
    status: 200,
    body: { dryRun: true, batchCount: 3, recordCount: 3, skipped: [] },
  })
  t.same(gate.seen, [])
  const begun = await post('/millrace/failed/redrive', { key: 'o-2', recordsPerSecond: 100 })
  t.match(begun, { status: 202, body: { batchCount: 1, recordCount: 1 } })
  const caughtUp = await post('/millrace/caught-up')
  t.match(caughtUp, { status: 200, body: { ledger: { dropped: 3, inFlight: 0 } } })
  t.same(gate.seen, ['o-2'])
  const task = await get(`/millrace/failed/redrives/${begun.body.id}`)
  t.match(task.body, { id: begun.body.id, state: 'done', ledger: { delivered: 1 } })
  t.equal((await get('/millrace/failed/redrives')).body.redrives.length, 1)
  t.match(await post('/millrace/failed/redrives/resume'), { status: 202, body: { ids: [] } })
  t.equal((await post(`/millrace/failed/${failed[0].id}/redrive`)).status, 202)
  await post('/millrace/caught-up')
  t.same(gate.seen, ['o-2', 'o-1'])
  const purging = await post('/millrace/failed/purge', { all: true, dryRun: true })
  t.match(purging.body, { purged: 1, kept: 0, ids: [failed[2].id] })
  t.match((await post('/millrace/failed/purge', { ids: [failed[2].id] })).body, {
    purged: 1,
    kept: 0,
  })
  t.same((await get('/millrace/failed')).body.failed, [])
})

t.test('positions: told, and refused to be moved while their mapping runs', async (t) => {
  const { engine, put, get, post, gate, uuid } = await openGated(t)
  gate.isOpen = true
  await put('o-1')
  await engine.caughtUp()
  const path = `/millrace/mappings/${uuid}/checkpoint`
  const told = await get(path)
  t.match(told.body, { format: 'millrace-positions', version: 1, mappings: [{ uuid }] })
  const [{ shardId, state }] = told.body.mappings[0].shards
  for (const refused of [
    await post(`${path}/set`, { shardId, sequenceNumber: state.mark }),
    await post(`${path}/reset`, { to: 'trim-horizon' }),
    await post('/millrace/checkpoints/import', told.body),
  ])
    t.match(refused, {
      status: 409,
      exception: 'ResourceConflictException',
      body: { Code: 'MILLRACE_POSITION_REFUSED', message: /it runs/ },
    })
  t.equal((await post(`${path}/set`, { shardId })).status, 400)
})

t.test('positions of a mapping that is gone are moved, where that is asked for', async (t) => {
  const { engine, put, get, post } = await openApiEngine(t, { functions: { taken: () => {} } })
  const { UUID } = await engine.mappings.create({
    EventSourceArn: engine.stream('orders').streamArn,
    FunctionName: 'taken',
    StartingPosition: 'TRIM_HORIZON',
  })
  await put('o-1', 'o-2')
  await engine.caughtUp()
  await engine.mappings.delete(UUID)
  await engine.mappings.waitUntilUpdated(UUID)
  const path = `/millrace/mappings/${UUID}/checkpoint`
  const markOf = async () => (await get(path)).body.mappings[0].shards[0].state.mark
  const mark = await markOf()
  const preview = await post(`${path}/reset`, { to: 'trim-horizon', dryRun: true })
  t.match(preview, { status: 200, body: { changed: false, shards: [{ again: 2 }] } })
  t.equal(await markOf(), mark)
  t.equal((await post(`${path}/reset`, { to: 'trim-horizon' })).body.changed, true)
  t.equal(await markOf(), null)
})

t.test('who waits until all is done and goes away, waits no longer', async (t) => {
  const { put, request, gate, post } = await openGated(t, { MaximumRetryAttempts: -1 })
  await put('o-1')
  const leaving = new AbortController()
  const waiting = request('/millrace/caught-up', { method: 'POST', signal: leaving.signal })
  leaving.abort()
  await t.rejects(waiting, { name: 'AbortError' })
  gate.isOpen = true
  t.match(await post('/millrace/caught-up'), { status: 200, body: { ledger: { delivered: 1 } } })
})
