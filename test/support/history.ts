/**
 * What happened in a run, restarts included, as the outside sees it: what was put, which batches the handler was
 * given and how it answered, what became durable. Plain data in the order it happened.
 */
export type HistoryEvent =
  | { readonly type: 'shard-added'; readonly shard: string; readonly parent?: string }
  | { readonly type: 'put'; readonly shard: string; readonly records: readonly PutRecord[] }
  | { readonly type: 'started'; readonly factor: number; readonly retriesMax: number }
  /** `crashed`: nothing was told beforehand, and nothing that ran then counts. */
  | { readonly type: 'stopped' | 'crashed' }
  /** Read from what was saved: at the start, and again after a failed save. */
  | { readonly type: 'shard-opened'; readonly shard: string }
  | {
      readonly type: 'invoked'
      readonly requestId: string
      /** Numbers of the records, in the order of the event. */
      readonly records: readonly number[]
    }
  | {
      readonly type: 'answered'
      readonly requestId: string
      readonly answer: HistoryAnswer
    }
  /** What it held is lost, attempts with it. */
  | { readonly type: 'save-failed' }
  | { readonly type: 'saved'; readonly shard: string; readonly state: SavedState }
  /** What the mapping answers when it is asked for its ledger at this moment. */
  | { readonly type: 'ledger'; readonly ledger: HistoryLedger }

export type HistoryLedger = {
  readonly polled: number
  readonly delivered: number
  readonly filtered: number
  readonly sent: number
  readonly dropped: number
  readonly inFlight: number
}

/** `number` is unique in the history. */
export type PutRecord = {
  readonly number: number
  readonly key: string
  readonly sequenceNumber: string
}

export type HistoryAnswer =
  | { readonly type: 'succeeded' }
  | { readonly type: 'failed' }
  /** Partial success: the records before this number are done. */
  | { readonly type: 'failed-from'; readonly number: number }

/** The durable state of a shard, as far as a history is judged by it. */
export type SavedState = {
  readonly mark: string | null
  readonly generations: readonly {
    readonly factor: number
    readonly positions: readonly (string | null)[]
  }[]
  readonly delivered: number
  readonly filtered: number
  readonly sent: number
  readonly dropped: number
  /** Batches given up in this save, by the numbers of their records. */
  readonly discards: readonly (readonly number[])[]
  readonly finished: boolean
}
