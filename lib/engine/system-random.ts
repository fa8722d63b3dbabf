import { randomUUID } from 'node:crypto'
import type { Random } from '../ports/random.ts'

/** The machine's chance. */
export const SYSTEM_RANDOM: Random = { fraction: () => Math.random(), uuid: () => randomUUID() }
