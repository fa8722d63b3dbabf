import t from 'tap'
import { judgeFault, type ServiceFault } from '../../../lib/core/shard/fault.ts'

const answered = (code: string, reason = '', status = 400): ServiceFault => ({
  type: 'error-answer',
  operation: 'GetRecords',
  status,
  code,
  reason,
})

t.test('what each error means for a reader (aws-semantics §6.3, §6.5)', (t) => {
  const arn = 'arn:aws:dynamodb:us-east-1:000000000000:table/shard/stream/2026-01-01T00:00:00.000'
  const cases: readonly [ServiceFault, string][] = [
    [answered('ExpiredIteratorException'), 'expired'],
    [answered('ValidationException', 'Invalid ShardIterator'), 'expired'],
    [answered('ValidationException', 'Invalid ShardId in ShardIterator'), 'expired'],
    [answered('TrimmedDataAccessException'), 'trimmed'],
    [answered('ResourceNotFoundException', 'Shard does not exist'), 'shard-gone'],
    [
      answered('ResourceNotFoundException', 'Requested resource not found: Shard does not exist'),
      'shard-gone',
    ],
    [answered('ResourceNotFoundException', `Shard x of ${arn} does not exist`), 'shard-gone'],
    [
      answered(
        'ResourceNotFoundException',
        `Requested resource not found: Stream: ${arn} not found`,
      ),
      'refused',
    ],
    [answered('ResourceNotFoundException', 'Stream does not exist'), 'refused'],
    [answered('LimitExceededException'), 'throttled'],
    [answered('ThrottlingException'), 'throttled'],
    [answered('ProvisionedThroughputExceededException'), 'throttled'],
    [answered('', '', 429), 'throttled'],
    [answered('InternalServerError', '', 500), 'unreachable'],
    [answered('', '', 503), 'unreachable'],
    [answered('', '', 408), 'unreachable'],
    [answered('AccessDeniedException'), 'refused'],
    [answered('UnrecognizedClientException'), 'refused'],
    [answered('ValidationException', 'Invalid SequenceNumber for the shard'), 'refused'],
    [answered('', '', 302), 'refused'],
    [{ type: 'no-answer', operation: 'GetRecords', reason: 'reset' }, 'unreachable'],
    [{ type: 'no-credentials', operation: 'GetRecords', reason: 'none' }, 'refused'],
  ]
  for (const [fault, expected] of cases) {
    const verdict = judgeFault(fault)
    t.equal(
      verdict.type === 'failed' ? verdict.failure.type : verdict.type,
      expected,
      JSON.stringify(fault),
    )
  }
  t.end()
})

t.test('a bad iterator is one only where one was sent', (t) => {
  const fault = {
    ...answered('ValidationException', 'Invalid ShardIteratorType.'),
    operation: 'GetShardIterator',
  }
  t.equal(judgeFault(fault).type, 'failed')
  t.end()
})

t.test('the reason names the error, or the status where there is none', (t) => {
  t.match(judgeFault(answered('AccessDeniedException', 'no')), {
    failure: { reason: 'AccessDeniedException: no' },
  })
  t.match(judgeFault(answered('', '', 502)), { failure: { reason: 'HTTP status 502' } })
  t.end()
})
