import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const MAIN = fileURLToPath(new URL('../../lib/cli/main.js', import.meta.url))
const FAULT = new URL('../support/injected-fault.js', import.meta.url)

function orderWith(fault: string) {
  // The first drain ends it: the other scenarios do not run.
  const words = [MAIN, 'bench', 'order', '--smoke', '--runs', '1', '--json']
  return spawnSync(process.execPath, ['--import', `${FAULT}#${fault}`, ...words], {
    env: { PATH: process.env['PATH'] },
    encoding: 'utf8',
  })
}

const TOLD = {
  reordered:
    /out of order, 0 that .* record \d+ \(sequence number \d{10,}\) of key number \d+ came before record \d+ \(sequence number \d{10,}\) was done/,
  lost: /1 records lost, .* record \d+ \(sequence number \d{10,}\) of key number \d+ was never done/,
  duplicated: /1 delivered twice, .* record \d+ \(sequence number \d{10,}\) of key/,
  unbalanced: /the ledger says .*"delivered":1999,.* expected was .*"delivered":2000/,
}

for (const [fault, told] of Object.entries(TOLD))
  t.test(`what is ${fault}: exit 5, no figure, and what it was`, (t) => {
    const { status, stdout, stderr } = orderWith(fault)
    t.equal(status, 5)
    t.equal(stdout, '')
    t.match(stderr, told)
    t.end()
  })
