import t from 'tap'
import { EngineRig } from '../support/engine-rig.ts'
import { stuckRig } from '../support/stuck-rig.ts'
import { windowRig } from '../support/window-rig.ts'

const onlyShard = (rig: EngineRig) => rig.mapping.explainShards()[0]!
const onlyLane = (rig: EngineRig) => onlyShard(rig).lanes[0]!

t.test('a shard without records: at the tip, no lane has anything to do', async (t) => {
  const rig = new EngineRig()
  await rig.start()
  t.match(onlyShard(rig), {
    condition: 'at-tip',
    words: 'at the tip',
    position: null,
    tipSeenAt: Number,
    inFlight: 0,
    laneCount: 1,
  })
  t.same(onlyShard(rig).lanes, [])
  t.notOk('iteratorAgeMs' in onlyShard(rig), 'nothing was invoked')
  const { mapping } = rig
  await rig.stop()
  t.match(mapping.explainShards()[0], { condition: 'stopped', words: 'stands still' })
})

t.test('§2: a batching window that is open says until when', async (t) => {
  const rig = new EngineRig({ settings: { maximumBatchingWindowInSeconds: 10 } })
  await rig.start()
  rig.putMany(3)
  await rig.clock.advance(4000)
  const lane = onlyLane(rig)
  t.match(lane, { condition: 'gathering', queued: 3, words: 'gathers a batch for 6 s more' })
  t.equal(lane.gatherUntil, rig.clock.now() + 6000)
  await rig.drain()
  t.same(onlyShard(rig).lanes, [])
  await rig.stop()
})

t.test('an invocation says since when it runs, and which attempt it is', async (t) => {
  let end = () => {}
  const rig = new EngineRig({
    handler: () =>
      new Promise<void>((resolve) => {
        end = resolve
      }),
    timeoutSeconds: 60,
  })
  rig.putMany(2)
  await rig.start()
  await rig.clock.advance(5000)
  t.match(onlyLane(rig), {
    condition: 'invoking',
    attempt: 1,
    words: 'invoking for 5 s, attempt 1',
  })
  t.equal(onlyLane(rig).invokingSince, rig.clock.now() - 5000)
  t.match(onlyShard(rig), { inFlight: 2, position: null })
  end()
  await rig.drain()
  t.match(onlyShard(rig), { position: rig.sequenceNumberOf(2), iteratorAgeMs: 0, lanes: [] })
  await rig.stop()
})

t.test(
  'contract §2: a lane that fails says which key blocks it, since when, and why',
  async (t) => {
    let bad = 'b'
    const rig = new EngineRig({
      settings: { batchSize: 1, maximumRetryAttempts: -1 },
      handler: ({ records }) => {
        const { Keys } = records[0]!.dynamodb as { Keys: { id: { S: string } } }
        const key = Keys.id.S
        // What a handler does to its records is its own affair.
        Keys.id.S = 'changed'
        if (key === bad) throw new TypeError('poison')
      },
      backoff: { baseMs: 1000, maximumMs: 10_000 },
    })
    rig.put(['a', 'b', 'c'])
    await rig.start()
    const since = rig.clock.now()
    t.match(onlyLane(rig), {
      condition: 'backing-off',
      queued: 2,
      attempt: 1,
      position: rig.sequenceNumberOf(1),
      blocked: {
        since,
        key: { id: { S: 'b' } },
        sequenceNumber: rig.sequenceNumberOf(2),
        error: { errorType: 'TypeError', errorMessage: 'poison' },
      },
    })
    await rig.clock.advance(30_000)
    t.ok(onlyLane(rig).attempt > 2)
    t.match(
      onlyLane(rig).words,
      /^backs off for .* more after \d attempts; blocked for 30 s by \{"id":\{"S":"b"\}\}: TypeError: poison$/,
    )
    t.equal(onlyLane(rig).blocked!.since, since, 'since the first of its attempts')
    bad = 'c'
    await rig.clock.until(() => onlyLane(rig).queued === 1 && onlyLane(rig).attempt > 0, 60_000)
    const { blocked } = onlyLane(rig)
    t.match(blocked, { key: { id: { S: 'c' } }, sequenceNumber: rig.sequenceNumberOf(3) })
    t.ok(blocked!.since > since + 30_000)
    const { mapping } = rig
    await rig.stop()
    const [stopped] = mapping.explainShards()
    t.match(stopped, { condition: 'stopped', lanes: [{ condition: 'parked', queued: 1 }] })
    bad = ''
    await rig.start()
    await rig.drain()
    t.same(onlyShard(rig).lanes, [])
    await rig.stop()
  },
)

t.test('D6: a lane that fell behind says so, and the others go on', async (t) => {
  const { rig, release } = stuckRig()
  await rig.start()
  await rig.clock.advance(120_000)
  const { lanes, laneCount, position } = onlyShard(rig)
  t.same([laneCount, position], [4, null])
  const stuck = lanes.find(({ blocked }) => blocked)!
  t.match(stuck, {
    isLagging: true,
    condition: 'backing-off',
    blocked: { key: { id: { S: 'stuck' } } },
  })
  t.match(
    stuck.words,
    /^backs off .*; is read again; blocked for .* by \{"id":\{"S":"stuck"\}\}: Error: stuck$/,
  )
  release()
  await rig.drain()
  t.same(onlyShard(rig).lanes, [])
  await rig.stop()
})

t.test('aws-semantics §5: an open tumbling window, and a final call that fails', async (t) => {
  let isBroken = true
  const rig = windowRig({
    settings: { maximumRetryAttempts: -1 },
    handler: ({ records }) => {
      if (isBroken && records.length === 0) throw new Error('not yet')
      return { state: { n: records.length } }
    },
  })
  const second = Math.floor(rig.clock.now() / 10_000) * 10
  rig.putStamped([second + 1, second + 2])
  await rig.start()
  await rig.clock.settle()
  t.match(onlyShard(rig), {
    lanes: [],
    lateRecords: 0,
    openWindow: {
      start: second * 1000,
      end: second * 1000 + 10_000,
      stateBytes: '{"n":2}'.length,
      isFinalCallDue: false,
      finalAttempts: 0,
    },
  })
  await rig.clock.until(() => onlyLane(rig)?.attempt > 1, 600_000)
  t.match(onlyShard(rig).openWindow, { isFinalCallDue: true, finalAttempts: onlyLane(rig).attempt })
  t.match(onlyLane(rig).words, /blocked for .* by a final call: Error: not yet$/)
  isBroken = false
  await rig.drain()
  const { openWindow, lanes } = onlyShard(rig)
  t.same([openWindow, lanes], [undefined, []])
  await rig.stop()
})

t.test(
  'I5: a child waits for its parent; one that is settled to its end is finished',
  async (t) => {
    let end = () => {}
    const rig = new EngineRig({
      handler: () =>
        new Promise<void>((resolve) => {
          end = resolve
        }),
    })
    const conditions = () =>
      rig.mapping.explainShards().map(({ shardId, condition }) => `${shardId} ${condition}`)
    rig.putMany(1)
    rig.split('shard-1', ['child'])
    await rig.start()
    t.same(conditions(), ['shard-1 closed', 'child waiting'])
    end()
    await rig.drain()
    t.same(conditions(), ['shard-1 finished', 'child at-tip'])
    await rig.stop()
  },
)
