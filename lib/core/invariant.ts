/** A broken assumption of our own code. Never caught to go on: the actor dies, its supervisor decides. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError'
}

/** @throws InvariantError unless `holds`. */
export function invariant(holds: boolean, message: string): asserts holds {
  if (!holds) throw new InvariantError(message)
}

/** Ends a switch over a union: does not compile while a case is missing. */
export function unreachable(value: never): never {
  throw new InvariantError(`unexpected value: ${JSON.stringify(value)}`)
}
