import t from 'tap'
import {
  ApiError,
  type ApiException,
  mappingConflict,
} from '../../../lib/core/mapping/api-error.ts'

t.test('status by exception (aws-semantics §1.1)', (t) => {
  const cases: [ApiException, number][] = [
    ['ValidationException', 400],
    ['InvalidParameterValueException', 400],
    ['ResourceInUseException', 400],
    ['ResourceNotFoundException', 404],
    ['ResourceConflictException', 409],
    ['RequestTooLargeException', 413],
    ['TooManyRequestsException', 429],
    ['ServiceException', 500],
  ]
  for (const [exception, status] of cases)
    t.match(new ApiError(exception, 'text'), { exception, status, message: 'text' })
  t.end()
})

t.test('duplicate (aws-semantics §1.4 [N])', (t) => {
  const error = mappingConflict({ eventSource: 'arn:s', functionName: 'fn', uuid: 'u-1' })
  t.strictSame([error.exception, error.status], ['ResourceConflictException', 409])
  t.equal(
    error.message,
    'The event source arn (" arn:s ") and function (" fn ") provided mapping already exists. Please update or delete the existing mapping with UUID u-1',
  )
  t.end()
})
