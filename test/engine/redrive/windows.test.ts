import t from 'tap'
import { RedriveProject, type SeenBatch } from '../../support/redrive-engine.ts'

type WindowBatch = SeenBatch & {
  readonly window: { readonly start: string }
  readonly isFinalInvokeForWindow: boolean
  readonly state: { readonly count?: number }
}

const FIRST = '2023-11-14T22:13:20Z'

/** A record of a window of ten seconds: its number, from 0. */
const inWindow = (id: string, window: number) => ({
  dynamodb: {
    ApproximateCreationDateTime: 1_700_000_000 + 10 * window,
    Keys: { id: { S: id } },
    NewImage: { id: { S: id } },
  },
})

t.test(
  'aws-semantics §5: of a tumbling window, records are redriven and final calls cannot be',
  async (t) => {
    const project = new RedriveProject(t)
    project.mapping = { TumblingWindowInSeconds: 10 }
    let isSound = false
    project.handle = (event) => {
      const { Records, state, window, isFinalInvokeForWindow } = event as WindowBatch
      const isFirstFinal = isFinalInvokeForWindow && window.start === FIRST
      const isBad = isFirstFinal || Records[0]?.dynamodb.Keys.id.S === 'bad'
      if (isBad && !isSound) throw new Error('not yet')
      return { state: { count: (state.count ?? 0) + Records.length } }
    }
    const engine = await project.start()
    t.teardown(() => engine.stop())
    await project.put(engine, inWindow('bad', 0), inWindow('good', 0))
    await project.put(engine, inWindow('good', 1))
    const batches = engine.failed.list()
    t.match(
      batches.map(({ facts }) => facts.recordCount),
      [1, 0],
    )
    const { sent, skipped } = await engine.failed.preview({})
    t.same(
      sent.map(({ id }) => id),
      [batches[0]!.id],
    )
    t.match(skipped, [
      { because: 'impossible', reason: /final call of a tumbling window.*no records/ },
    ])

    isSound = true
    project.seen.length = 0
    const redrive = await engine.failed.redrive({})
    t.match(await redrive.done, { delivered: 1, inFlight: 0 })
    t.match(project.seen, [
      { Records: [{ dynamodb: { Keys: { id: { S: 'bad' } } } }], state: {} },
      { Records: [], isFinalInvokeForWindow: true, state: { count: 1 } },
    ])
    t.same(
      engine.failed.list().map(({ id }) => id),
      [batches[1]!.id],
      'the final call stays',
    )
  },
)
