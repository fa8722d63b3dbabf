import t from 'tap'
import { keyed, namesOf, RedriveProject } from '../../support/redrive-engine.ts'

t.test(
  'D25: a redrive sends the records as they were, and counts apart from the mapping',
  async (t) => {
    const project = new RedriveProject(t)
    project.failOn('b')
    const engine = await project.start()
    await project.put(engine, keyed('a', 1), keyed('b', 1), keyed('b', 2))
    t.match(engine.ledger(), { polled: 3, delivered: 1, dropped: 2 })
    const before = project.seen.filter((event) => namesOf(event)[0]?.startsWith('b'))
    project.seen.length = 0
    project.handle = () => undefined
    const redrive = await engine.failed.redrive({})
    t.match(redrive, { sent: [{}, {}], skipped: [] })
    t.match(await redrive.done, {
      polled: 2,
      delivered: 2,
      dropped: 0,
      inFlight: 0,
      invocations: 2,
    })
    t.same(project.seen, before, 'the handler gets the very same events')
    t.match(engine.ledger(), { polled: 3, delivered: 1, dropped: 2 })
    t.same(engine.failed.list(), [])
    t.match(engine.failed.redrives(), [
      { id: redrive.id, state: 'done', batchCount: 2, recordCount: 2, ledger: { delivered: 2 } },
    ])
    await engine.stop()
  },
)

t.test('what fails again is a new batch that names the first one', async (t) => {
  const project = new RedriveProject(t)
  project.failOn('b')
  const engine = await project.start()
  await project.put(engine, keyed('b', 1), keyed('c', 1))
  const [first] = engine.failed.list()
  const one = await engine.failed.redrive({ ids: [first!.id] })
  t.match(await one.done, { delivered: 0, dropped: 1 })
  const [second, ...none] = engine.failed.list()
  t.same(none, [])
  t.match(second, {
    facts: {
      mapping: first!.facts.mapping,
      firstArrivedAt: first!.facts.firstArrivedAt,
      redrive: { task: one.id, first: [first!.id], count: 1 },
    },
  })
  t.not(second!.id, first!.id)
  await (await engine.failed.redrive({})).done
  t.match(engine.failed.list(), [{ facts: { redrive: { first: [first!.id], count: 2 } } }])
  project.handle = () => undefined
  t.match(await (await engine.failed.redrive({})).done, { delivered: 1 })
  t.match(await engine.failed.redrive({}), { sent: [], skipped: [], id: undefined })
  await engine.stop()
})
