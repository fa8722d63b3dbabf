// A program for the tests of captured output: print-output.js EXPORT EVENT...
import { createTestPool, moduleSettings, TestHost } from './function-host.ts'

const [name = '', ...events] = process.argv.slice(2)
const settings = moduleSettings(`prints.${name}`, { concurrencyPerEnvironment: events.length })
const host = new TestHost(createTestPool(settings))
await host.next('loaded')
for (const [index, event] of events.entries()) {
  host.invoke(JSON.parse(event), { requestId: `r-${index + 1}` })
}
const answered = async (): Promise<void> => {
  for (const _ of events) await host.next('answered')
  host.order({ type: 'finish' })
}
await Promise.race([answered(), host.handle.ended])
await host.handle.ended
await host.close()
