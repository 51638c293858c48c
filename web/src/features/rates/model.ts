/** Rates as the API gives them, put in rows of days. Pure. */
import { approximate } from '@/shared/decimal'

export const METRICS = [
  'transmission_effectiveness',
  'transmission',
  'effective',
  'networking',
  'operation',
] as const
export type Metric = (typeof METRICS)[number]

export const LEVELS = ['county', 'organisation', 'point'] as const
export type Level = (typeof LEVELS)[number]

export interface Rate {
  subject_kind: string
  subject_id: string
  name_zh: string
  name_en: string
  day: string
  points: number
  simulated: boolean
  operation: string | null
  networking: string | null
  transmission: string | null
  effective: string | null
  transmission_effectiveness: string | null
  due_hours: number
  exempt_hours: number
  networked_hours: number
  running_hours: number
  due_values: number
  exempt_values: number
  received_values: number
  valid_values: number
}

export interface Basis {
  rate: Metric
  formula_zh: string
  formula_en: string
  reference: string
  from_memory: boolean
}

/** One line of the page: a subject with its month and each of its days. */
export interface RateRow {
  key: string
  month: Rate
  /** Index 0 is the first day of the month; `null` where nothing was computed. */
  days: readonly (Rate | null)[]
}

/** How well a share does, for a colour: `none` when nothing was due. */
export type Grade = 'none' | 'full' | 'good' | 'fair' | 'weak' | 'poor'

export function gradeOf(percent: string | null | undefined): Grade {
  const value = approximate(percent)
  if (value === null) return 'none'
  if (value >= 99) return 'full'
  if (value >= 95) return 'good'
  if (value >= 90) return 'fair'
  if (value >= 75) return 'weak'
  return 'poor'
}

/** How many days a month such as `2026-02` has. */
export function daysOf(month: string): number {
  const [year = 0, number = 1] = month.split('-').map(Number)
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  if (number === 2) return isLeap ? 29 : 28
  return [4, 6, 9, 11].includes(number) ? 30 : 31
}

/** The month so many months on; `2026-01` and −1 give `2025-12`. */
export function shiftMonth(month: string, by: number): string {
  const [year = 0, number = 1] = month.split('-').map(Number)
  const months = year * 12 + number - 1 + by
  return `${Math.floor(months / 12)}-${String((months % 12) + 1).padStart(2, '0')}`
}

/** Months and days of the same subjects in rows, the worst first by a metric. */
export function toRows(
  months: readonly Rate[],
  days: readonly Rate[],
  month: string,
  metric: Metric,
): RateRow[] {
  const count = daysOf(month)
  const bySubject = new Map<string, (Rate | null)[]>()
  for (const rate of days) {
    const key = `${rate.subject_kind}:${rate.subject_id}`
    const row = bySubject.get(key) ?? Array.from({ length: count }, () => null)
    row[Number(rate.day.slice(8)) - 1] = rate
    bySubject.set(key, row)
  }
  const rows = months.map((rate) => {
    const key = `${rate.subject_kind}:${rate.subject_id}`
    return { key, month: rate, days: bySubject.get(key) ?? [] }
  })
  const valueOf = (row: RateRow): number => approximate(row.month[metric]) ?? Infinity
  return rows.sort((one, other) => valueOf(one) - valueOf(other))
}
