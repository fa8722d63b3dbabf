import { EngineRig, type RigCall, type RigOptions } from './engine-rig.ts'

/** What the function of {@link windowRig} gathers: the numbers of the records that it was given. */
export type Gathered = { readonly numbers?: readonly number[] }

export type WindowEvent = {
  readonly Records: unknown[]
  readonly shardId: string
  readonly eventSourceARN: string
  readonly window: { readonly start: string; readonly end: string }
  readonly state: Gathered
  readonly isFinalInvokeForWindow: boolean
  readonly isWindowTerminatedEarly: boolean
}

export const eventOf = (call: RigCall): WindowEvent => call.event as WindowEvent

/** Puts the numbers of a call's records to those of the state, as an aggregating function does. */
export function gather(call: RigCall): { readonly state: { readonly numbers: readonly number[] } } {
  const { numbers = [] } = eventOf(call).state
  return { state: { numbers: [...numbers, ...call.numbers] } }
}

/** A rig whose mapping has windows of ten seconds; the function gathers numbers, unless `handler` does something else. */
export function windowRig({ settings, handler, ...options }: RigOptions = {}): EngineRig {
  return new EngineRig({
    ...options,
    settings: { tumblingWindowInSeconds: 10, ...settings },
    handler: (call) => {
      // As it was called: the handler may change what it was given.
      const { Records: _records, ...event } = eventOf(call)
      snapshots.set(call, structuredClone(event))
      return (handler ?? gather)(call)
    },
  })
}

const snapshots = new WeakMap<RigCall, Omit<WindowEvent, 'Records'>>()

/**
 * The calls so far, each as `:10 3.4 {1.2}`: second at which the window begins, numbers of the records, state; ` final`
 * or ` early` behind it.
 */
export function windowTrace(rig: EngineRig): readonly string[] {
  return rig.calls.map((call) => {
    const event = snapshots.get(call)!
    const kind = event.isWindowTerminatedEarly
      ? ' early'
      : event.isFinalInvokeForWindow
        ? ' final'
        : ''
    const second = event.window.start.slice(16, 19)
    return `${second} ${call.numbers.join('.')} {${(event.state.numbers ?? []).join('.')}}${kind}`
  })
}
