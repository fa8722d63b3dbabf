/** Memory that all hosts of a pool share with the main thread. */
export type PoolMemory = {
  readonly slab: SharedArrayBuffer
  readonly ready: SharedArrayBuffer
  readonly settled: SharedArrayBuffer
  readonly signals: SharedArrayBuffer
  /** Of the function: its other pools share it. */
  readonly permits: SharedArrayBuffer
  /** Of this pool's hosts among the holders of permits: the first one's, less 0. */
  readonly holdersFrom: number
}
