import t from 'tap'
import { type MappingFilter, mappingFilter } from '../../../lib/core/mapping/mapping-filter.ts'

const HOME = { region: 'us-east-1', account: '000000000000' }
const MAPPINGS = [
  { eventSourceArn: 'one', settings: { functionName: 'fn' } },
  { eventSourceArn: 'two', settings: { functionName: 'fn', functionQualifier: 'prod' } },
  { eventSourceArn: 'one', settings: { functionName: 'fn', functionQualifier: '$LATEST' } },
  { eventSourceArn: 'two', settings: { functionName: 'other' } },
]
const listed = (filter: MappingFilter) => {
  const isListed = mappingFilter(filter, HOME)
  return MAPPINGS.flatMap((mapping, index) => (isListed(mapping) ? [index] : []))
}

t.test('aws-semantics §1.2: the List filter, in every form of a name, is exact', (t) => {
  const arn = 'arn:aws:lambda:us-east-1:000000000000:function'
  const rows: readonly [MappingFilter, readonly number[]][] = [
    [{}, [0, 1, 2, 3]],
    [{ EventSourceArn: 'one' }, [0, 2]],
    [{ EventSourceArn: 'three' }, []],
    [{ FunctionName: 'fn' }, [0]],
    [{ FunctionName: '000000000000:function:fn' }, [0]],
    [{ FunctionName: 'function:fn' }, [0]],
    [{ FunctionName: `${arn}:fn` }, [0]],
    [{ FunctionName: 'fn:prod' }, [1]],
    [{ FunctionName: `${arn}:fn:prod` }, [1]],
    [{ FunctionName: 'fn:$LATEST' }, [2]],
    [{ FunctionName: 'fn:nobody' }, []],
    [{ FunctionName: 'nobody' }, []],
    [{ FunctionName: '111111111111:function:fn' }, []],
    [{ FunctionName: 'fn', EventSourceArn: 'one' }, [0]],
    [{ FunctionName: 'fn', EventSourceArn: 'two' }, []],
  ]
  for (const [filter, expected] of rows) t.same(listed(filter), expected, JSON.stringify(filter))
  t.end()
})

t.test('what is no name of a function is refused', (t) => {
  for (const FunctionName of ['a b', 'fn:', 'fn:prod:more', `${'x'.repeat(65)}`])
    t.throws(() => listed({ FunctionName }), {
      exception: 'ValidationException',
      message: `1 validation error detected: Value '${FunctionName}' at 'functionName' failed to satisfy constraint: `,
    })
  t.end()
})
