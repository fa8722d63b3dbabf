import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { STREAM_NAME } from './configuration.ts'
import { type Benchmark, medianFigure, missingFigure } from './figure.ts'
import { nowNs } from './stamps.ts'
import { summarize } from './statistics.ts'

const BOUND = { atMost: 500 }

/** `emptyRun`: `millrace run` on an empty stream, from the start of the process to its end. */
export const start: Benchmark = async ({ scratch, runs, signal, progress }) => {
  const directory = mkdtempSync(join(scratch, 'start-'))
  const config = join(directory, 'millrace.json')
  writeFileSync(
    config,
    JSON.stringify({
      Streams: { [STREAM_NAME]: { KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }] } },
      Functions: {
        'on-order': { Runtime: 'nodejs20.x', CodeUri: directory, Handler: 'on-order.handler' },
      },
      Mappings: [
        { Stream: STREAM_NAME, FunctionName: 'on-order', StartingPosition: 'TRIM_HORIZON' },
      ],
    }),
  )
  writeFileSync(join(directory, 'on-order.mjs'), 'export const handler = async () => {}\n')
  const samples: number[] = []
  for (let run = 0; run <= runs; run++) {
    signal.throwIfAborted()
    const { exitCode, complaint, ms } = await runOnce(config)
    if (exitCode !== 0) {
      const reason = `millrace run exited with ${exitCode}: ${complaint.split('\n', 1)[0]}`
      return { emptyRun: missingFigure('ms', BOUND, reason) }
    }
    progress(`start, ${run === 0 ? 'warm-up' : `run ${run}`}: ${ms.toFixed(0)} ms`)
    if (run > 0) samples.push(ms)
  }
  return { emptyRun: medianFigure(summarize(samples), { unit: 'ms', bound: BOUND }) }
}

async function runOnce(config: string) {
  const program = fileURLToPath(new URL('../lib/cli/main.js', import.meta.url))
  const begunNs = nowNs()
  const child = spawn(process.execPath, [program, 'run', '--config', config], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const complained = text(child.stderr)
  const [exitCode] = await once(child, 'exit')
  const ms = (nowNs() - begunNs) / 1e6
  return { exitCode, ms, complaint: await complained }
}
