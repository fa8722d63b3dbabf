import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import t from 'tap'
import { SharedQueue } from '../../../lib/actors/lane-memory/shared-queue.ts'
import { holds } from '../../support/property.ts'

/** A queue and the list that it stands for. */
class Model {
  readonly #queue: SharedQueue
  readonly #list: number[] = []
  readonly #capacity: number

  constructor(capacity: number) {
    this.#queue = new SharedQueue(SharedQueue.allocate(capacity))
    this.#capacity = capacity
  }

  push(value: number): void {
    const hasRoom = this.#list.length < this.#capacity
    if (this.#queue.push(value) !== hasRoom) throw new Error('another bound')
    if (hasRoom) this.#list.push(value)
  }

  take(): void {
    if (this.#queue.take() !== (this.#list.shift() ?? -1)) throw new Error('another value')
  }

  check(): void {
    if (this.#queue.isEmpty() !== (this.#list.length === 0)) throw new Error('another emptiness')
  }
}

t.test('a queue of one thread is a list with a bound', async (t) => {
  const steps = fc.array(fc.option(fc.nat(1000)), { maxLength: 200, size: 'max' })
  const property = fc.property(fc.constantFrom(2, 4, 8), steps, (capacity, steps) => {
    const model = new Model(capacity)
    for (const value of steps) {
      if (value === null) model.take()
      else model.push(value)
      model.check()
    }
  })
  await holds(t, property, { runs: 200 })
})

const PER_THREAD = 20_000
const THREADS = 2

t.test(
  'two threads push while two take: each value once, those of one thread in order',
  async (t) => {
    const memory = SharedQueue.allocate(64)
    const file = new URL('../../support/queue-worker.js', import.meta.url)
    const start = (role: 'push' | 'take', id: number) =>
      new Worker(file, { workerData: { memory, role, id, count: PER_THREAD } })
    const takers = Array.from({ length: THREADS }, (_, id) => start('take', id))
    const taken = takers.map(async (worker) => (await once(worker, 'message'))[0] as number[])
    const pushers = Array.from({ length: THREADS }, (_, id) => start('push', id))
    await Promise.all(pushers.map((worker) => once(worker, 'exit')))
    const lists = await Promise.all(taken)
    const all = lists.flat().sort((a, b) => a - b)
    t.same(all.length, THREADS * PER_THREAD)
    t.ok(
      all.every((value, i) => value === i),
      'nothing is lost, nothing comes twice',
    )
    for (const list of lists) {
      for (let id = 0; id < THREADS; id++) {
        const ofOne = list.filter((value) => Math.floor(value / PER_THREAD) === id)
        t.ok(
          ofOne.every((value, i) => i === 0 || value > ofOne[i - 1]!),
          `values of thread ${id} are in order`,
        )
      }
    }
    t.ok(new SharedQueue(memory).isEmpty())
  },
)
