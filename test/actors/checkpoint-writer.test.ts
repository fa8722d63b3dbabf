import t from 'tap'
import { type CheckpointSource, CheckpointWriter } from '../../lib/actors/checkpoint-writer.ts'
import { createMemoryStateStore } from '../../lib/state/memory/memory-state-store.ts'
import { changeOf } from '../support/state-builders.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

/** A shard that changes when the test says so. */
class Shard implements CheckpointSource {
  readonly name: string
  mark = 0
  saved = 0
  failed = 0
  changed = false

  constructor(name: string) {
    this.name = name
  }

  change(): this {
    this.mark++
    this.changed = true
    return this
  }

  takeChange() {
    if (!this.changed) return undefined
    this.changed = false
    return { change: changeOf(this.name, this.mark), saved: () => void this.saved++ }
  }

  saveFailed(): void {
    this.failed++
  }
}

function open(beforeWrite: (number: number) => void | Promise<void> = () => {}) {
  const clock = new VirtualClock()
  const writes: number[] = []
  const store = createMemoryStateStore({
    beforeWrite: (number) => {
      writes.push(clock.now())
      return beforeWrite(number)
    },
  })
  return { clock, writes, writer: new CheckpointWriter(store, clock) }
}

t.test('D30: what merely succeeds is saved once in 10 ms, all shards in one commit', async (t) => {
  const { clock, writes, writer } = open()
  const [a, b] = [new Shard('a'), new Shard('b')]
  for (let i = 0; i < 100; i++) {
    writer.touch(a.change())
    writer.touch(b.change())
    await clock.advance(1)
  }
  await clock.advance(20)
  t.ok(writes.length <= 12, `${writes.length} commits in 100 ms`)
  for (const [i, at] of writes.slice(1).entries()) t.ok(at - writes[i]! >= 10)
  t.equal(a.saved, writes.length)
  t.equal(b.saved, writes.length)
})

t.test('D30: what hurries is saved at once, with what else hurries in this turn', async (t) => {
  const { clock, writes, writer } = open()
  const [a, b, c] = [new Shard('a'), new Shard('b'), new Shard('c')]
  writer.touch(a.change())
  await clock.advance(10)
  t.equal(writes.length, 1)
  writer.touch(a.change())
  writer.hurry(b.change())
  writer.hurry(c.change())
  await clock.settle()
  t.equal(writes.length, 2)
  t.same([a.saved, b.saved, c.saved], [2, 1, 1], 'what waited goes along')
})

t.test('what becomes urgent during a commit is saved by the next one', async (t) => {
  let release: (() => void) | undefined
  const { clock, writes, writer } = open((number) =>
    number === 1 ? new Promise<void>((resolve) => (release = resolve)) : undefined,
  )
  const a = new Shard('a')
  writer.hurry(a.change())
  await clock.settle()
  writer.hurry(a.change())
  await clock.settle()
  t.equal(writes.length, 1, 'one commit at a time')
  release!()
  await clock.settle()
  t.equal(writes.length, 2)
  t.equal(a.saved, 2)
})

t.test('a commit that fails is told to each shard, and the next one is tried', async (t) => {
  const { clock, writer } = open((number) => {
    if (number === 1) throw new Error('full')
  })
  const [a, b] = [new Shard('a'), new Shard('b')]
  writer.hurry(a.change())
  writer.hurry(b.change())
  await clock.settle()
  t.same([a.failed, b.failed, a.saved, b.saved], [1, 1, 0, 0])
  writer.hurry(a.change())
  await clock.settle()
  t.equal(a.saved, 1)
})

t.test('flush resolves when all that is dirty is saved', async (t) => {
  const { clock, writes, writer } = open()
  const a = new Shard('a')
  await writer.flush()
  t.equal(writes.length, 0)
  writer.touch(a.change())
  await writer.flush()
  t.equal(a.saved, 1, 'without any time')
  await clock.advance(100)
  t.equal(writes.length, 1)
})

t.test('a shard with nothing new costs no commit', async (t) => {
  const { clock, writes, writer } = open()
  writer.hurry(new Shard('a'))
  await clock.advance(100)
  t.equal(writes.length, 0)
})
