import t from 'tap'
import { contextConstants, LambdaContext } from '../../../lib/core/function/lambda-context.ts'

const IDENTITY = {
  functionName: 'on-order',
  functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:on-order',
  version: '$LATEST',
  logStreamName: '2025/01/01/[$LATEST]0',
}

function contextAndAnswers() {
  const answers: unknown[] = []
  const context = new LambdaContext(contextConstants(IDENTITY, 256), {
    requestId: 'r-1',
    remainingMs: () => 41,
    answerNow: (error, value) => answers.push({ error, value }),
  })
  return { context, answers }
}

t.test('the members of the Node runtime (aws-semantics §9.4)', (t) => {
  const { context } = contextAndAnswers()
  t.match(context, {
    callbackWaitsForEmptyEventLoop: true,
    functionName: 'on-order',
    functionVersion: '$LATEST',
    invokedFunctionArn: IDENTITY.functionArn,
    memoryLimitInMB: '256',
    logGroupName: '/aws/lambda/on-order',
    logStreamName: IDENTITY.logStreamName,
    awsRequestId: 'r-1',
    clientContext: undefined,
    identity: undefined,
  })
  const { getRemainingTimeInMillis } = { ...context }
  t.equal(getRemainingTimeInMillis(), 41, 'taken apart and copied')
  t.end()
})

t.test('done, succeed and fail answer the invocation', (t) => {
  const { context, answers } = contextAndAnswers()
  const error = new Error('broken')
  const { done, succeed, fail } = context
  done(null, 1)
  done(error)
  succeed(2)
  fail(error)
  fail()
  t.strictSame(answers, [
    { error: null, value: 1 },
    { error, value: undefined },
    { error: undefined, value: 2 },
    { error, value: undefined },
    { error: 'handled', value: undefined },
  ])
  t.end()
})
