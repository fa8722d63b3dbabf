import * as limits from '../limits.ts'
import { FUNCTION_REFERENCE } from './mapping-table.ts'

export type FunctionReference =
  | {
      readonly type: 'named'
      readonly name: string
      readonly qualifier?: string
    }
  /** Of another account or region: it does not exist here (D33). */
  | { readonly type: 'foreign' }

/**
 * Takes apart a function's name in any of its forms: `fn`, `fn:qualifier`, `123456789012:function:fn`, an ARN.
 *
 * @returns `undefined` where `text` is none of them.
 * @source aws-semantics §1.2 [D, N]; D33
 */
export function maybeFunctionReference(
  text: string,
  home: { readonly region: string; readonly account: string },
): FunctionReference | undefined {
  const found = FUNCTION_REFERENCE.exec(text)
  const name = found?.[6]
  if (!found || name === undefined || name.length > limits.FUNCTION_NAME_LENGTH_MAX)
    return undefined
  const region = found[3]?.slice(0, -1) ?? home.region
  const account = found[4]?.slice(0, -1) ?? home.account
  if (region !== home.region || account !== home.account) return { type: 'foreign' }
  const qualifier = found[8]
  return qualifier === undefined ? { type: 'named', name } : { type: 'named', name, qualifier }
}
