import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { LINE_LENGTH_MAX, LineWriter } from '../../../lib/functions/worker/line-writer.ts'

const PROGRAM = fileURLToPath(new URL('../../support/print-output.js', import.meta.url))

/** A program that runs one function of prints.mjs. */
async function output(...args: string[]): Promise<{ stdout: string; lines: string[] }> {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [PROGRAM, ...args])
  return { stdout, lines: stderr.split('\n').slice(0, -1) }
}

function collect(): { lines: string[]; writer: LineWriter; state: { tag: string } } {
  const lines: string[] = []
  const state = { tag: 'a' }
  return {
    lines,
    state,
    writer: new LineWriter(
      () => state.tag,
      (line) => lines.push(line),
    ),
  }
}

t.test('what a handler prints goes to stderr with its request id, never to stdout', async (t) => {
  const { stdout, lines } = await output('handler', '{"length":3}')
  t.equal(stdout, '')
  t.same(lines, [
    'on-order at load',
    'r-1 to log',
    'r-1 to error',
    'r-1 a part and the rest\\r',
    'r-1 second \\u001b[31mred\\u001b[0m line',
    'r-1 bytes',
    'r-1 xxx',
    'r-1 no end',
  ])
})

t.test('output is not lost on process.exit, even more than a pipe holds', async (t) => {
  const { stdout, lines } = await output('handler', '{"length":600000,"exit":true}')
  t.equal(stdout, '')
  t.equal(lines.at(-1), 'r-1 no end')
  t.equal(lines.join('').replace(/[^x]/g, '').length, 600_000)
})

t.test('invocations at the same time keep their own request ids', async (t) => {
  const { lines } = await output('concurrent', '1', '2', '3')
  t.same(lines.sort(), ['on-order at load', 'r-1 event 1', 'r-2 event 2', 'r-3 event 3'])
})

t.test('a line belongs to the invocation that began it', (t) => {
  const { lines, state, writer } = collect()
  writer.write('begun ')
  writer.write('and ended\nbegun again')
  state.tag = 'b'
  writer.write('other\n')
  t.same(lines, ['a begun and ended\n', 'a begun again\n', 'b other\n'])
  t.end()
})

t.test(
  'empty lines stay; a line beyond the limit goes on in the next, whole characters each',
  (t) => {
    const { lines, writer } = collect()
    writer.write('\n')
    t.same(lines.splice(0), ['a \n'])
    writer.write(`${'x'.repeat(LINE_LENGTH_MAX - 1)}😀y`)
    writer.flush()
    t.same(
      lines.map((line) => line.length),
      [LINE_LENGTH_MAX - 1 + 3, 3 + 3],
    )
    t.equal(lines[1], 'a 😀y\n')
    t.equal(writer.isPartial, false)
    t.end()
  },
)
