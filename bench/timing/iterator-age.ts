import type { Engine } from '../../lib/engine/engine.ts'

const LOOK_MS = 20

/** Looks at an engine's iterator age, the oldest of its shards', as long as it is asked to. */
export function watchIteratorAge(engine: Pick<Engine, 'explain'>): {
  /** Forgets what was seen until now. */
  restart(): void
  /** Ends the watching. @returns what was seen. @unit ms */
  end(): readonly number[]
} {
  const seen: number[] = []
  const timer = setInterval(() => {
    const shards = engine.explain().mappings.flatMap((mapping) => mapping.shards)
    const ages = shards.flatMap(({ iteratorAgeMs }) => iteratorAgeMs ?? [])
    if (ages.length > 0) seen.push(Math.max(...ages))
  }, LOOK_MS)
  return {
    restart: () => {
      seen.length = 0
    },
    end: () => {
      clearInterval(timer)
      return seen
    },
  }
}
