import { Readable } from 'node:stream'
import { createPainter } from '../../lib/cli/colour.ts'
import { runProgram } from '../../lib/cli/program.ts'
import type { Ended } from './millrace-process.ts'

/** A command line in this process: for what does not need one of its own, which takes a second on a busy machine. */
export async function millraceHere(
  words: readonly string[],
  cwd: string,
  { input = '' }: { readonly input?: string } = {},
): Promise<Ended> {
  const written = { stdout: '', stderr: '' }
  const output = (name: keyof typeof written) => ({
    write(text: string) {
      written[name] += text
    },
  })
  const paint = createPainter({}, false)
  const status = await runProgram(words, '0.0.0', {
    workingDirectory: cwd,
    environment: {},
    stdin: Readable.from([Buffer.from(input)]),
    stdout: output('stdout'),
    stderr: output('stderr'),
    paint,
    paintResult: paint,
  })
  return { status, ...written }
}
