// Writes schema.json from the tables of lib/settings; the caller formats it.
import { writeFile } from 'node:fs/promises'
import { configurationSchema } from '../dist/lib/settings/schema.js'

await writeFile('schema.json', `${JSON.stringify(configurationSchema(), null, 2)}\n`)
