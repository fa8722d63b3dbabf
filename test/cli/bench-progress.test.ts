import t from 'tap'
import { BenchProgress, elapsedText } from '../../lib/cli/bench-progress.ts'
import { createPainter } from '../../lib/cli/colour.ts'

function progressOn(terminal: { readonly isTTY?: boolean; readonly columns?: number }) {
  const written: string[] = []
  const stderr = { ...terminal, write: (text: string) => written.push(text) }
  const progress = new BenchProgress({ stderr, paint: createPainter({}, false) }, 3)
  return { written, progress }
}

t.test('time as a clock says it', (t) => {
  for (const [ms, text] of [
    [0, '0 s'],
    [59_999, '59 s'],
    [60_000, '1:00'],
    [3_599_000, '59:59'],
    [3_723_000, '1:02:03'],
  ] as const)
    t.equal(elapsedText(ms), text)
  t.end()
})

t.test('a terminal has one line, which is written over and in the end taken away', (t) => {
  const { written, progress } = progressOn({ isTTY: true, columns: 40 })
  progress.step('before the first')
  t.strictSame(written, [])
  progress.began('lanes', 2)
  progress.step('x'.repeat(100))
  progress.say('kept')
  progress[Symbol.dispose]()
  const clear = '\r\u001b[2K'
  t.equal(written[0], `${clear}lanes (2 of 3), 0 s  `)
  t.equal(written[1], `${clear}lanes (2 of 3), 0 s  ${'x'.repeat(18)}`)
  t.strictSame(written.slice(2), [clear, 'kept\n'])
  t.end()
})

t.test('elsewhere each step is a line', (t) => {
  const { written, progress } = progressOn({})
  progress.began('lanes', 2)
  progress.step('run 1')
  progress.say('kept')
  progress[Symbol.dispose]()
  t.strictSame(written, ['lanes (2 of 3)\n', 'run 1\n', 'kept\n'])
  t.end()
})
