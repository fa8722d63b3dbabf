import { parentPort, workerData } from 'node:worker_threads'
import { SharedQueue } from '../../lib/actors/lane-memory/shared-queue.ts'

/** Pushes `count` values of its own, or takes `count` values, as fast as it can. */
type Work = {
  readonly memory: SharedArrayBuffer
  readonly role: 'push' | 'take'
  readonly id: number
  readonly count: number
}

const { memory, role, id, count } = workerData as Work
const queue = new SharedQueue(memory)

if (role === 'push') {
  for (let i = 0; i < count; ) if (queue.push(id * count + i)) i++
} else {
  const taken: number[] = []
  while (taken.length < count) {
    const value = queue.take()
    if (value >= 0) taken.push(value)
  }
  parentPort!.postMessage(taken)
}
