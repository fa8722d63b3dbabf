// Runs the compiled tests of folders in one process: `node config/import-tests.mjs dist/test/core`
import { readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { argv } from 'node:process'
import { pathToFileURL } from 'node:url'

for (const folder of argv.slice(2))
  for (const name of readdirSync(folder, { recursive: true }).sort())
    if (name.endsWith('.test.js')) await import(pathToFileURL(resolve(folder, name)).href)
