/** Verdicts as the pages show them. */
import type { components } from '@/api/schema'
import { civilFields, DAY_MS, HOUR_MS, parseInstant, startOfDay } from '@/shared/time'

export type Verdict = components['schemas']['VerdictBody']
export type Outcome = components['schemas']['OutcomeBody']
export type VerdictChange = components['schemas']['VerdictChangeBody']
export type VerdictExplanation = components['schemas']['VerdictExplanationBody']
export type VerdictSetting = components['schemas']['VerdictSettingBody']
export type CityVerdicts = components['schemas']['CityVerdictsBody']
export type VerdictKind = 'hour' | 'day' | 'month' | 'year'

/** Media whose points have verdicts. */
const JUDGED = ['air', 'surface_water', 'waste_gas', 'waste_water'] as const
export type JudgedMedium = (typeof JUDGED)[number]
export const isJudged = (medium: string): medium is JudgedMedium =>
  (JUDGED as readonly string[]).includes(medium)

/** The class of CSS that gives an outcome its statutory colour. */
export function toneOf(medium: string, outcome: Outcome | null | undefined): string {
  if (outcome == null) return 'verdict-none'
  if (outcome.state !== 'given') return 'verdict-open'
  if (outcome.grade != null)
    return `verdict-${medium === 'surface_water' ? 'water' : 'air'}-${outcome.grade}`
  if (outcome.is_attained == null) return 'verdict-open'
  return outcome.is_attained ? 'verdict-within' : 'verdict-over'
}

const pad = (number: number): string => String(number).padStart(2, '0')

/** The days of a year, month by month, each with its verdict if there is one. */
export interface Cell {
  /** Start of the period, as the address of its page takes it. */
  time: string
  verdict: Outcome | null
  isFuture: boolean
}

export function yearGrid(
  year: number,
  verdicts: readonly (Outcome & { time: string })[],
  now: number,
): { month: string; cells: Cell[] }[] {
  const byDay = new Map(verdicts.map((verdict) => [verdict.time.slice(0, 10), verdict]))
  return Array.from({ length: 12 }, (_, index) => {
    const month = `${String(year)}-${pad(index + 1)}`
    const first = parseInstant(`${month}-01T00:00:00+08:00`) ?? 0
    const cells: Cell[] = []
    for (let at = first; civilFields(at).month === index + 1; at += DAY_MS) {
      const time = `${month}-${pad(civilFields(at).day)}`
      cells.push({ time, verdict: byDay.get(time) ?? null, isFuture: at > now })
    }
    return { month, cells }
  })
}

/** The hours of the last days, the latest day first. */
export function hourGrid(
  verdicts: readonly Verdict[],
  days: number,
  now: number,
): { day: string; cells: Cell[] }[] {
  const byTime = new Map(verdicts.map((verdict) => [parseInstant(verdict.time), verdict]))
  return Array.from({ length: days }, (_, back) => {
    const start = startOfDay(now) - back * DAY_MS
    const fields = civilFields(start)
    const day = `${String(fields.year)}-${pad(fields.month)}-${pad(fields.day)}`
    const cells = Array.from({ length: 24 }, (_unused, hour) => ({
      time: `${day}T${pad(hour)}:00:00+08:00`,
      verdict: byTime.get(start + hour * HOUR_MS) ?? null,
      isFuture: start + (hour + 1) * HOUR_MS > now,
    }))
    return { day, cells }
  })
}

/** The value of an item of a verdict. */
export const valueOf = (verdict: Verdict | null | undefined, key: string): string | null =>
  verdict?.items.find((item) => item.key === key)?.value ?? null

/** The last verdict that could be given, or else the last. */
export const lastOf = (verdicts: readonly Verdict[]): Verdict | null => verdicts.at(-1) ?? null

/** Class and multiple of a mark such as `4*0.25`. */
export function readMark(mark: string): { grade: string; multiple: string | null } {
  const [grade = '', multiple] = mark.split('*')
  return { grade, multiple: multiple ?? null }
}
