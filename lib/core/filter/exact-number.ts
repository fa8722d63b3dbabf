type Decimal = { readonly sign: string; readonly digits: string; readonly exponent: number }

/**
 * The double that a JSON number stands for, or `undefined` where no double does: its shortest decimal form is another
 * number, or it is too great.
 *
 * @source aws-semantics §7.3 (numbers that are not exactly representable are refused)
 */
export function exactNumber(text: string): number | undefined {
  const value = Number(text)
  if (!Number.isFinite(value)) return undefined
  const given = decimalOf(text)
  const kept = decimalOf(String(value))
  if (given.digits === '' && kept.digits === '') return 0
  const isSame =
    given.sign === kept.sign && given.digits === kept.digits && given.exponent === kept.exponent
  return isSame ? value : undefined
}

/** The significant digits without zeros at either end, and the power of ten of the last of them. */
function decimalOf(text: string): Decimal {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/.exec(text) ?? []
  const all = whole + fraction
  const digits = all.replace(/0+$/, '')
  return {
    sign,
    digits: digits.replace(/^0+/, ''),
    exponent: Number(exponent) - fraction.length + (all.length - digits.length),
  }
}
