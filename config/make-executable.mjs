// `npx millrace` in a clone runs the file itself, and tsc writes it without the right to be run.
import { chmodSync } from 'node:fs'

chmodSync('dist/lib/cli/main.js', 0o755)
