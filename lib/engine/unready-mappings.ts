import type { SupervisorActor } from '../actors/supervisor.ts'
import type { MappingUuid } from '../core/ids.ts'
import type { MappingDescription } from '../core/mapping/mapping-description.ts'
import { unreadiness } from '../core/mapping/readiness.ts'

/** A mapping that is to do its work and does not. */
export type UnreadyMapping = {
  readonly uuid: string
  readonly eventSource: string
  readonly functionArn: string
  readonly reason: string
}

/** Of all mappings, those that do not do what they are to. */
export function unreadyOf(
  mappings: readonly MappingDescription[],
  { mappings: actors, losses }: Pick<SupervisorActor, 'mappings' | 'losses'>,
): readonly UnreadyMapping[] {
  return mappings.flatMap(({ UUID, EventSourceArn, FunctionArn, State, LastProcessingResult }) => {
    const uuid = UUID as MappingUuid
    const actor = actors.get(uuid)
    // One that has found no place to read from yet has none to ask.
    const unfound = actor ? undefined : LastProcessingResult.replace(/^PROBLEM: /, '')
    const reason = unreadiness({
      state: State,
      loss: losses.get(uuid)?.reason ?? unfound,
      sourceFailure: actor?.sourceFailure,
    })
    if (reason === undefined) return []
    return [{ uuid, eventSource: EventSourceArn, functionArn: FunctionArn, reason }]
  })
}
