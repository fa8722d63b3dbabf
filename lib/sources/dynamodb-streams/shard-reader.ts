import {
  guessNextIterator,
  RecordPageScanner,
  type ScannedPage,
} from '../../codec/dynamodb-json/record-page-scanner.ts'
import type { ShardId, StreamArn } from '../../core/ids.ts'
import { unreachable } from '../../core/invariant.ts'
import { failureOf, type ServiceFault } from '../../core/shard/fault.ts'
import {
  countSkipped,
  type IteratorEffect,
  type IteratorFrom,
  type IteratorMessage,
  type IteratorState,
  type ReadAnswer,
  startIterator,
  stepIterator,
} from '../../core/shard/iterator.ts'
import type { Page, ReadResult, ReadStart, ShardReader } from '../../ports/stream-source.ts'
import { maybeText, parseObject, readPartitionKeyName } from './stream-listing.ts'
import type { CallAnswer, StreamsClient } from './streams-client.ts'

/** @unit records @source aws-semantics §6.3 */
const RECORDS_PER_PAGE_MAX = 1000

/** The API refuses shorter ones; DynamoDB Local pads with zeros itself. @unit digits @source aws-semantics §6.1 */
const SEQUENCE_NUMBER_DIGITS_MIN = 21

/** What one source tells its readers. */
export type ReaderContext = {
  readonly client: StreamsClient
  readonly streamArn: StreamArn
  /** D21. @unit ms */
  readonly granularityMs: number
  /** Absent until the stream was described. */
  readonly schema?: { readonly partitionKeyName?: string }
}

export type ReaderTarget = {
  readonly shardId: ShardId
  readonly start: ReadStart
  /** Called by close. */
  closed(reader: ShardReader): void
}

type Asked = { readonly iterator: string; readonly answer: Promise<CallAnswer> }

/**
 * Reads one shard over the API. What each answer means is decided by `core/shard/iterator.ts`; this calls.
 * While the caller handles a page the next one is already on its way: one, dropped on close.
 */
export class RemoteShardReader implements ShardReader {
  readonly #context: ReaderContext
  readonly #target: ReaderTarget
  readonly #closing = new AbortController()
  #state: IteratorState
  #scanner: RecordPageScanner | undefined
  #ahead: Asked | undefined
  /** Kept records of the page that was scanned last. */
  #page: Page | undefined

  constructor(context: ReaderContext, target: ReaderTarget) {
    this.#context = context
    this.#target = target
    this.#state = startIterator(target.start, context.granularityMs)
  }

  async read(): Promise<ReadResult> {
    if (this.#scanner === undefined) {
      const fault = await this.#openScanner()
      if (fault !== undefined) return { type: 'failed', failure: failureOf(fault) }
    }
    let effect = this.#step({ type: 'read-asked' })
    while (effect.type !== 'answer') effect = this.#step(await this.#perform(effect))
    return this.#result(effect.answer)
  }

  close(): void {
    this.#closing.abort()
    this.#ahead = undefined
    this.#target.closed(this)
  }

  #step(message: IteratorMessage): IteratorEffect {
    const [state, effect] = stepIterator(this.#state, message)
    this.#state = state
    return effect
  }

  #perform(effect: Exclude<IteratorEffect, { type: 'answer' }>): Promise<IteratorMessage> {
    switch (effect.type) {
      case 'get-iterator':
        return this.#getIterator(effect.from)
      case 'get-records':
        return this.#getRecords(effect.iterator)
      default:
        return unreachable(effect)
    }
  }

  #result(answer: ReadAnswer): ReadResult {
    switch (answer.type) {
      case 'page':
        if (this.#state.state === 'reading' && this.#ahead?.iterator !== this.#state.iterator)
          this.#ahead = this.#ask(this.#state.iterator)
        return { type: 'page', page: this.#page! }
      case 'failed':
        return answer
      case 'empty':
      case 'closed':
      case 'trimmed':
        return { type: answer.type }
      default:
        return unreachable(answer)
    }
  }

  /** Order is kept by the partition key, so no record is read before its name is known (D2). */
  async #openScanner(): Promise<ServiceFault | undefined> {
    const { client, streamArn } = this.#context
    const schema =
      this.#context.schema ?? (await readPartitionKeyName(client, streamArn, this.#closing.signal))
    if ('fault' in schema) return schema.fault
    const addedBytes = Buffer.byteLength(`,"eventSourceARN":${JSON.stringify(streamArn)}`)
    const { partitionKeyName } = schema
    this.#scanner = new RecordPageScanner({
      addedBytes,
      ...(partitionKeyName === undefined ? {} : { partitionKeyName }),
    })
    return undefined
  }

  async #getIterator(from: IteratorFrom): Promise<IteratorMessage> {
    const { client, streamArn } = this.#context
    const request = {
      StreamArn: streamArn,
      ShardId: this.#target.shardId,
      ...iteratorRequest(from),
    }
    const answer = await client.call('GetShardIterator', request, this.#closing.signal)
    if (answer.type === 'faulted') return { type: 'call-failed', fault: answer.fault }
    const iterator = maybeText(parseObject(answer.body)?.['ShardIterator'])
    return iterator === undefined
      ? malformed('GetShardIterator', 'malformed GetShardIterator answer')
      : { type: 'iterator-got', iterator }
  }

  #ask(iterator: string): Asked {
    const request = { ShardIterator: iterator, Limit: RECORDS_PER_PAGE_MAX }
    const { client } = this.#context
    return { iterator, answer: client.call('GetRecords', request, this.#closing.signal) }
  }

  async #getRecords(iterator: string): Promise<IteratorMessage> {
    const asked = this.#ahead?.iterator === iterator ? this.#ahead : this.#ask(iterator)
    this.#ahead = undefined
    const answer = await asked.answer
    if (answer.type === 'faulted') return { type: 'call-failed', fault: answer.fault }
    // The server works on the next page while this one is scanned. Asked for nothing if the guess is wrong.
    const guess = guessNextIterator(answer.body)
    if (guess !== undefined) this.#ahead = this.#ask(guess)
    const scanned = this.#scanner!.scan(answer.body)
    if (scanned.type === 'malformed') return malformed('GetRecords', scanned.reason)
    const { page, nextIterator } = scanned
    const skipped = this.#state.state === 'reading' ? countSkipped(this.#state.position, page) : 0
    this.#page = pageFrom(page, skipped)
    return {
      type: 'page-got',
      kept: page.count - skipped,
      ...(page.count === 0 ? {} : { lastRead: page.sequenceNumberAt(page.count - 1) }),
      ...(nextIterator === undefined ? {} : { nextIterator }),
    }
  }
}

/** The page without its first `skipped` records. */
function pageFrom(scanned: ScannedPage, skipped: number): Page {
  const page = { ...scanned, format: 'dynamodb-json' as const, structureCount: 0 }
  if (skipped === 0) return page
  return {
    ...page,
    count: scanned.count - skipped,
    starts: scanned.starts.subarray(skipped),
    ends: scanned.ends.subarray(skipped),
    orderHashes: scanned.orderHashes.subarray(skipped),
    arrivedAt: scanned.arrivedAt.subarray(skipped),
    jsonBytes: scanned.jsonBytes.subarray(skipped),
    sequenceNumberAt: (index) => scanned.sequenceNumberAt(index + skipped),
  }
}

function iteratorRequest(from: IteratorFrom): Readonly<Record<string, string>> {
  switch (from.type) {
    case 'trim-horizon':
      return { ShardIteratorType: 'TRIM_HORIZON' }
    case 'latest':
      return { ShardIteratorType: 'LATEST' }
    case 'after':
      return {
        ShardIteratorType: 'AFTER_SEQUENCE_NUMBER',
        SequenceNumber: from.sequenceNumber.padStart(SEQUENCE_NUMBER_DIGITS_MIN, '0'),
      }
    default:
      return unreachable(from)
  }
}

function malformed(operation: string, reason: string): IteratorMessage {
  return { type: 'call-failed', fault: { type: 'no-answer', operation, reason } }
}
