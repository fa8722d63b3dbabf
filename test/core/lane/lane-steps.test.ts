import t from 'tap'
import type { EpochMs } from '../../../lib/core/ids.ts'
import type { LaneMessage } from '../../../lib/core/lane/lane-state.ts'
import type { Verdict } from '../../../lib/core/lane/verdict.ts'
import { batchOf, CAREFUL, cut, ended, FAILED, NOW, send } from '../../support/lane-steps.ts'

t.test('a success costs no save; a failure is saved before its back-off begins (D15)', (t) => {
  t.equal(send({}, cut([1]), ended({ type: 'succeeded' })).trace, 'invoke | settle release')
  const failed = send({}, cut([1]), ended(FAILED), { type: 'saved', ...NOW })
  t.equal(failed.trace, 'invoke | save | arm-retry')
  t.same(failed.last, [{ type: 'arm-retry', at: 1_000_200 }])
  t.match(failed.effects[1]![0], { inDoubt: false, stack: [{ attempt: 1, requestId: 'fresh' }] })
  t.end()
})

t.test(
  'aws-semantics §4.5: what is too old is cut out before each attempt, the rest is a new batch',
  (t) => {
    const rules = { recordAgeMsMax: 100 }
    const old = send(rules, cut([999_000, 999_899, 999_900]))
    t.equal(old.trace, 'discard save')
    t.match(old.last[0], {
      discard: {
        condition: 'RecordAgeExceeded',
        work: { batch: batchOf(999_000, 999_899), attempt: 0 },
      },
    })
    t.match(old.last[1], { stack: [{ batch: batchOf(999_900), attempt: 0, requestId: '' }] })
    const later = { ...NOW, now: 1_000_200 as EpochMs }
    const retried = send(
      rules,
      cut([1_000_000, 1_000_150]),
      ended(FAILED),
      { type: 'saved', ...NOW },
      { type: 'retry-due', ...later },
    )
    t.equal(retried.trace, 'invoke | save | arm-retry | discard save')
    const all = send(rules, cut([1, 2]), { type: 'saved', ...NOW })
    t.equal(all.trace, 'discard save | release')
    t.equal(all.lane.state, 'idle')
    t.end()
  },
)

t.test(
  '§4.1: a throttle spends no attempt, splits nothing, saves nothing; its waits double',
  (t) => {
    const throttle: Verdict = { type: 'not-run', reason: 'throttled' }
    const due: LaneMessage = { type: 'retry-due', ...NOW }
    const run = send(
      { bisect: true, retriesMax: 0 },
      cut([1, 2]),
      ended(throttle),
      due,
      ended(throttle),
      due,
      ended(FAILED),
    )
    t.equal(run.trace, 'invoke | arm-retry | invoke | arm-retry | invoke | count-split save')
    t.same(run.effects[1], [{ type: 'arm-retry', at: 1_000_200 }])
    t.same(run.effects[3], [{ type: 'arm-retry', at: 1_000_400 }])
    t.end()
  },
)

t.test(
  '§4.3 rule 6: a partial success cuts at the record, then a failure halves the suffix',
  (t) => {
    const run = send(
      { bisect: true, partialResponses: true },
      cut([1, 2, 3, 4]),
      ended({ type: 'failed-from', index: 1 }),
      { type: 'saved', ...NOW },
      ended(FAILED),
    )
    t.equal(run.trace, 'invoke | settle save | invoke | count-split save')
    t.match(run.last[1], { stack: [{ batch: batchOf(2) }, { batch: batchOf(3, 4) }] })
    t.end()
  },
)

t.test('D15: a cautious lane writes each attempt before it begins', (t) => {
  const run = send({}, cut([1, 2], CAREFUL), { type: 'saved', ...CAREFUL })
  t.equal(run.trace, 'save | invoke')
  t.match(run.effects[0]![0], { inDoubt: true, stack: [{ attempt: 1, requestId: 'fresh' }] })
  t.match(run.last[0], { work: { attempt: 1 } })
  t.end()
})

t.test('D26: batches of the store go on as they were, after what they still have to wait', (t) => {
  const works = [
    { batch: batchOf(1), attempt: 2, requestId: 'a', waits: 0 },
    { batch: batchOf(2, 3), attempt: 0, requestId: '', waits: 0 },
  ]
  const restored = (more: object): LaneMessage => ({
    type: 'restored',
    works,
    resumeAt: 0 as EpochMs,
    fraction: 0.5,
    ...NOW,
    ...more,
  })
  const run = send({}, restored({}))
  t.match(run.last, [
    { type: 'count-retry' },
    { type: 'invoke', work: { attempt: 3, requestId: 'a' } },
  ])
  const waiting = send({}, restored({ resumeAt: 1_000_500 }))
  t.same(waiting.last, [{ type: 'arm-retry', at: 1_000_500 }])
  const doubted = send({ retriesMax: 1 }, restored({ verdict: FAILED }))
  t.equal(doubted.trace, 'discard save', 'the attempt in doubt counts as failed')
  t.match(doubted.last[1], { stack: [{ batch: batchOf(2, 3) }] })
  t.equal(send({}, restored({ works: [] })).trace, 'release')
  t.end()
})

t.test('a lane that leaves starts nothing new, from any state', (t) => {
  const leave: LaneMessage = { type: 'leave' }
  const saved: LaneMessage = { type: 'saved', ...NOW }
  const rows: readonly (readonly [string, readonly LaneMessage[], string])[] = [
    ['idle', [leave], ''],
    ['success', [cut([1]), leave, ended({ type: 'succeeded' })], 'invoke |  | settle release'],
    ['failure', [cut([1]), leave, ended(FAILED), saved], 'invoke |  | save | release'],
    [
      'a part',
      [cut([1, 2]), leave, ended({ type: 'failed-from', index: 1 }), saved],
      'invoke |  | settle save | release',
    ],
    ['throttle', [cut([1]), leave, ended({ type: 'not-run', reason: '' })], 'invoke |  | release'],
    ['saving', [cut([1]), ended(FAILED), leave, saved], 'invoke | save |  | release'],
    ['backing off', [cut([1]), ended(FAILED), saved, leave], 'invoke | save | arm-retry | release'],
    ['written ahead', [cut([1], CAREFUL), leave, saved], 'save |  | release'],
  ]
  for (const [name, messages, trace] of rows) {
    const run = send({ retriesMax: 5 }, ...messages)
    t.equal(run.trace, trace, name)
    t.equal(run.lane.state, 'idle', name)
  }
  const halves = send(
    { bisect: true },
    cut([1, 2]),
    ended(FAILED),
    saved,
    leave,
    ended({ type: 'succeeded' }),
  )
  t.equal(halves.trace, 'invoke | count-split save | invoke |  | settle release')
  t.end()
})
