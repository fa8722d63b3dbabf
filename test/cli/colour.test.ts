import t from 'tap'
import { createPainter, wantsColour } from '../../lib/cli/colour.ts'

t.test('when output is coloured (contract §2)', (t) => {
  const cases: [Record<string, string>, boolean, boolean][] = [
    [{}, true, true],
    [{}, false, false],
    [{ TERM: 'dumb' }, true, false],
    [{ CI: 'true' }, true, false],
    [{ NO_COLOR: '1' }, true, false],
    [{ NO_COLOR: '' }, true, true],
    [{ FORCE_COLOR: '1' }, false, true],
    [{ FORCE_COLOR: '1', CI: 'true', TERM: 'dumb' }, false, true],
    [{ FORCE_COLOR: '0' }, true, false],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, true, false],
  ]
  for (const [environment, isTerminal, expected] of cases)
    t.equal(
      wantsColour(environment, isTerminal),
      expected,
      JSON.stringify([environment, isTerminal]),
    )
  t.equal(createPainter({}, true).red('x'), '\u001b[31mx\u001b[0m')
  t.equal(createPainter({}, false).red('x'), 'x')
  t.end()
})
