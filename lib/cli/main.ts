#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { createPainter } from './colour.ts'
import { runProgram } from './program.ts'

const { version }: { version: string } = JSON.parse(
  readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
)

// `millrace config show | head`: who reads no further ends the command, not in anger.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

process.exitCode = await runProgram(process.argv.slice(2), version, {
  workingDirectory: process.cwd(),
  environment: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  paint: createPainter(process.env, process.stderr.isTTY === true),
  paintResult: createPainter(process.env, process.stdout.isTTY === true),
})
