/** How large a run of the suite is; `seconds`: where `undefined`, as long as each benchmark does by itself. */
export type Sizes = {
  readonly records: number
  readonly tableRecords: number
  readonly runs: number
  readonly seconds: number | undefined
}

/** What figures are made with. */
export const FULL_SIZES: Sizes = {
  records: 3_000_000,
  tableRecords: 50_000,
  runs: 5,
  seconds: undefined,
}

/** Whether everything works: about 3 s for a benchmark. */
export const SMOKE_SIZES: Sizes = { records: 20_000, tableRecords: 1000, runs: 1, seconds: 1 }
