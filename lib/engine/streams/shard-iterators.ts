import { createHmac, timingSafeEqual } from 'node:crypto'
import type { DefinitionStore } from '../../ports/definition-store.ts'
import type { Random } from '../../ports/random.ts'

/** What a shard iterator says. */
export type IteratorPosition = {
  readonly streamArn: string
  readonly shardId: string
  /** Ordinal of the next record. */
  readonly ordinal: number
  /** @unit epoch ms */
  readonly issuedAt: number
}

const SECRET = { kind: 'secret', id: 'shard-iterators' } as const
const VERSION = '1'

/**
 * Shard iterators carry all that they mean: nothing is kept for a reader, and one that was given out before a restart goes on
 * after it. Each is signed with a key of the data directory, so that one that somebody made up is told from ours.
 */
export class ShardIterators {
  readonly #key: string

  private constructor(key: string) {
    this.#key = key
  }

  /** With the key of the data directory; one that cannot be saved serves as long as the process lives. */
  static async open(store: DefinitionStore, random: Random): Promise<ShardIterators> {
    const kept = store.definitions(SECRET.kind).find(({ id }) => id === SECRET.id)
    if (typeof kept?.value === 'string') return new ShardIterators(kept.value)
    const key = random.uuid() + random.uuid()
    // Who only reads must not be stopped by a full disk: such a key is worth less, and does no harm.
    await store.saveDefinitions([{ ...SECRET, value: key }]).catch(() => undefined)
    return new ShardIterators(key)
  }

  /** Begins with the ARN, as those of AWS do. */
  issue({ streamArn, shardId, ordinal, issuedAt }: IteratorPosition): string {
    const position = Buffer.from(JSON.stringify([shardId, ordinal, issuedAt])).toString('base64url')
    const text = `${streamArn}|${VERSION}|${position}`
    return `${text}.${this.#sign(text).toString('base64url')}`
  }

  /** @returns undefined for what {@link issue} did not make. */
  maybePosition(iterator: string): IteratorPosition | undefined {
    const end = iterator.lastIndexOf('.')
    const text = iterator.slice(0, Math.max(end, 0))
    const given = Buffer.from(iterator.slice(end + 1), 'base64url')
    const expected = this.#sign(text)
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
    const [streamArn = '', , position = ''] = text.split('|')
    // It is ours, so it is what was written.
    const [shardId, ordinal, issuedAt] = JSON.parse(
      Buffer.from(position, 'base64url').toString(),
    ) as [string, number, number]
    return { streamArn, shardId, ordinal, issuedAt }
  }

  #sign(text: string): Buffer {
    return createHmac('sha256', this.#key).update(text).digest()
  }
}
