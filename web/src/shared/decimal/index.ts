/**
 * Decimals stay text from the device to the screen: "0.10" is not "0.1".
 * Only charts cross to floating point, by `approximate`.
 */

/** A decimal text for people: thousands grouped, scale untouched, a real minus sign. */
export function formatDecimal(text: string | null | undefined): string {
  if (text === null || text === undefined || text === '') return '—'
  const match = /^(-?)(\d+)(\.\d+)?$/.exec(text)
  if (!match) return text
  const [, sign, whole, fraction] = match
  const grouped = (whole ?? '').replace(/\B(?=(\d{3})+(?!\d))/g, ',')
  return `${sign ? '−' : ''}${grouped}${fraction ?? ''}`
}

/** The nearest floating-point number, for drawing only. */
export function approximate(text: string | null | undefined): number | null {
  if (text === null || text === undefined || text === '') return null
  const value = Number(text)
  return Number.isFinite(value) ? value : null
}

/** Compares two decimal texts exactly: negative, zero or positive. */
export function compareDecimals(left: string, right: string): number {
  const parse = (text: string): { mantissa: bigint; scale: number } => {
    const negative = text.startsWith('-')
    const [whole = '0', fraction = ''] = text.replace('-', '').split('.')
    const mantissa = BigInt(whole + fraction)
    return { mantissa: negative ? -mantissa : mantissa, scale: fraction.length }
  }
  const a = parse(left)
  const b = parse(right)
  const scale = Math.max(a.scale, b.scale)
  const difference =
    a.mantissa * 10n ** BigInt(scale - a.scale) - b.mantissa * 10n ** BigInt(scale - b.scale)
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

/** A share such as "0.98731" as "98.73" per cent, by moving the point: no floating point. */
export function formatPercent(share: string | null | undefined, places = 1): string {
  if (share === null || share === undefined || share === '') return '—'
  const match = /^(\d+)(?:\.(\d+))?$/.exec(share)
  if (!match) return share
  const digits = `${match[1] ?? '0'}${(match[2] ?? '').padEnd(2 + places, '0')}`
  const point = (match[1] ?? '0').length + 2
  const whole = digits.slice(0, point).replace(/^0+(?=\d)/, '')
  const fraction = digits.slice(point, point + places)
  return places > 0 ? `${whole}.${fraction}%` : `${whole}%`
}

/** Whole numbers with grouped thousands. */
export function formatCount(count: number | null | undefined): string {
  return count === null || count === undefined ? '—' : formatDecimal(String(Math.round(count)))
}

/** Bytes in binary units, one place. */
export function formatBytes(size: number | null | undefined): string {
  if (size === null || size === undefined) return '—'
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let value = size
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit += 1
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit] ?? ''}`
}
