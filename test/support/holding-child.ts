// Opens the data and holds it until it is ended. Argument: data directory. Reports `ready`, or the error's code.
import { MillraceError } from '../../lib/core/errors.ts'
import { openLmdbStateStore } from '../../lib/state/lmdb/lmdb-state-store.ts'

const [directory = ''] = process.argv.slice(2)
process.on('disconnect', () => process.exit())
try {
  const store = await openLmdbStateStore({ directory, failedBatchBytesMax: 1e9 })
  process.send!({ ready: process.pid, uncleanStart: store.uncleanStart })
} catch (error) {
  process.send!({ code: error instanceof MillraceError ? error.code : String(error) })
}
