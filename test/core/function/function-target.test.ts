import t from 'tap'
import {
  expectFunctionName,
  functionArnOf,
  functionNotFound,
  functionTarget,
  unqualifiedTarget,
} from '../../../lib/core/function/function-target.ts'

const HOME = { region: 'us-east-1', account: '000000000000' }
const ARN = 'arn:aws:lambda:us-east-1:000000000000:function:fn'

t.test('names in all forms, with a qualifier in them or beside them (aws-semantics §1.2)', (t) => {
  for (const text of ['fn', '000000000000:function:fn', 'function:fn', ARN]) {
    t.strictSame(functionTarget(text, undefined, HOME), { name: 'fn' }, text)
    t.strictSame(functionTarget(text, 'prod', HOME), { name: 'fn', qualifier: 'prod' }, text)
    t.strictSame(functionTarget(`${text}:1`, '1', HOME), { name: 'fn', qualifier: '1' }, text)
    t.strictSame(functionTarget(`${text}:$LATEST`, '', HOME), { name: 'fn', qualifier: '$LATEST' })
  }
  t.equal(functionArnOf(HOME, { name: 'fn', qualifier: '1' }), `${ARN}:1`)
  t.end()
})

t.test('what is no name of ours is refused in AWS’s words', (t) => {
  const rows = [
    ['a/b', undefined, 'ValidationException', /Value 'a\/b' at 'functionName' .* pattern: \(arn:/],
    ['../x', undefined, 'ValidationException', /at 'functionName'/],
    ['a\\b', undefined, 'ValidationException', /at 'functionName'/],
    ['a\0', undefined, 'ValidationException', /at 'functionName'/],
    [
      'fn',
      'a b',
      'ValidationException',
      /'a b' at 'qualifier' .* pattern: \(\|\[a-zA-Z0-9\$_-\]\+\)$/,
    ],
    ['fn', '../x', 'ValidationException', /at 'qualifier'/],
    [
      'a'.repeat(65),
      undefined,
      'InvalidParameterValueException',
      /length less than or equal to 64$/,
    ],
    [
      ARN.replace('us-east-1', 'eu-west-1'),
      undefined,
      'ResourceNotFoundException',
      /^Functions from 'eu-west-1' are not reachable in this region \('us-east-1'\)$/,
    ],
    [
      ARN.replace('000000000000', '111111111111'),
      undefined,
      'AccessDeniedException',
      /111111111111/,
    ],
    [
      'fn:1',
      '2',
      'InvalidParameterValueException',
      /^The derived qualifier from the function name does not match the specified qualifier\.$/,
    ],
  ] as const
  for (const [text, qualifier, exception, message] of rows)
    t.throws(() => functionTarget(text, qualifier, HOME), { exception, message }, text.slice(0, 80))
  t.end()
})

t.test('one that is not there is named by its whole ARN', (t) => {
  t.match(functionNotFound(HOME, { name: 'fn', qualifier: 'prod' }), {
    exception: 'ResourceNotFoundException',
    message: `Function not found: ${ARN}:prod`,
  })
  t.end()
})

t.test('some operations are of the whole function', (t) => {
  t.equal(unqualifiedTarget(ARN, HOME), 'fn')
  t.throws(() => unqualifiedTarget('fn:prod', HOME), {
    exception: 'InvalidParameterValueException',
    message: /^This operation is permitted on Lambda functions only\./,
  })
  expectFunctionName('a-b_1')
  for (const name of ['a.b', '..', ''])
    t.throws(() => expectFunctionName(name), {
      exception: 'ValidationException',
      message: /at 'functionName'/,
    })
  t.end()
})
