import type { Test } from 'tap'
import { EngineRig, type RigOptions } from './engine-rig.ts'

/** A running rig whose handler takes a second for each batch, and fails those with a record of a key of `bad`. */
export async function startSlow(
  options: RigOptions = {},
  bad: ReadonlySet<string> = new Set(),
): Promise<EngineRig> {
  const rig: EngineRig = new EngineRig({
    ...options,
    handler: async ({ records }) => {
      await rig.clock.after(1000)
      if (records.some(({ dynamodb }) => bad.has(dynamodb.Keys.id.S))) throw new Error('bad')
    },
  })
  await rig.start()
  return rig
}

/** Keys `a` to `m`, again and again. */
export const thirteenKeys = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => 'abcdefghijklm'[i % 13]!)

/** Lets time pass until the change is done. */
export const standStill = (rig: EngineRig): Promise<void> =>
  rig.clock.until(() => !rig.isChanging, 60_000)

/** Everything settles, and nothing was broken on the way. */
export async function finish(t: Test, rig: EngineRig): Promise<void> {
  await rig.drain()
  t.equal(rig.ledger().inFlight, 0)
  t.same(rig.violations(), [])
  await rig.stop()
}
