import type { FunctionError } from '../../core/function/function-error.ts'

/** The first Node runtime of Lambda that has no callback handlers any more. @source aws-semantics §9.4 */
const FIRST_WITHOUT_CALLBACKS = 24
const DOCUMENTATION = 'https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html'

/**
 * What Lambda says about a handler that takes a callback: a warning on stderr up to Node 22, an error from Node 24 on.
 * @source aws-semantics §9.4
 * @param runtime `Runtime` as configured, such as `nodejs22.x`: it decides, not the Node that runs here.
 */
export function checkCallbackStyle(
  runtime: string,
  handler: { readonly length: number },
): FunctionError | undefined {
  if (handler.length < 3) return undefined
  const version = Number(/^nodejs(\d+)/.exec(runtime)?.[1])
  if (version >= FIRST_WITHOUT_CALLBACKS) {
    const errorMessage = `ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify this function to use a supported handler signature to use Node.js 24 or later. For more information see ${DOCUMENTATION}.`
    return { errorType: 'Runtime.CallbackHandlerDeprecated', errorMessage, trace: [] }
  }
  if (process.env['AWS_LAMBDA_NODEJS_DISABLE_CALLBACK_WARNING'] === undefined) {
    console.warn(
      'AWS Lambda plans to remove support for callback-based function handlers starting with Node.js 24. You will need to update this function to use an async handler to use Node.js 24 or later. To disable this warning, set the AWS_LAMBDA_NODEJS_DISABLE_CALLBACK_WARNING environment variable.',
    )
  }
  return undefined
}
