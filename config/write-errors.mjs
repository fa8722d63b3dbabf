// Writes docs/reference/errors.md from the catalogue in lib/core/errors.ts.
import { writeFile } from 'node:fs/promises'
import { errorPage } from '../dist/config/error-page.js'

await writeFile('docs/reference/errors.md', errorPage())
