/** How long records are kept. */
export interface Amount {
  records: number
  bytes: number
}

export interface Retention {
  kind: string
  /** Days; for ever when null. */
  keep_days: number | null
  revision: number
  kept: Amount
  first: string | null
  removed_before: string | null
  removed: Amount
  late_records: number
}

export interface RetentionPreview {
  before: string | null
  amount: Amount
}

/** The spans that people set most, in years of 365 days and a day for each fourth. */
export const USUAL_YEARS = [1, 2, 3, 5, 10] as const

export const daysOfYears = (years: number): number => Math.ceil(years * 365.25)

/** The number of whole usual years that a span is, or null when it is none of them. */
export function yearsOf(days: number | null): number | null {
  return USUAL_YEARS.find((years) => daysOfYears(years) === days) ?? null
}
