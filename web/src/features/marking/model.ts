/** Markings as the API tells them, what can be done with them, and the time that is left. */
import type { components } from '@/api/schema'
import { HOUR_MS, formatDateTime, formatDay, formatMinute, parseInstant } from '@/shared/time'

export type Marking = components['schemas']['MarkingBody']
export type MarkingCode = components['schemas']['MarkingCodeBody']
export type Awaiting = components['schemas']['AwaitingBody']
export type MarkingFile = components['schemas']['MarkingFileBody']
export type Calculation = components['schemas']['CalculationBody']
export type Layers = components['schemas']['LayersBody']
export type LayerRow = components['schemas']['LayerRowBody']
export type Place = components['schemas']['MarkedPlaceBody']
export type Sample = components['schemas']['ManualSampleBody']
export type Owed = components['schemas']['OwedBody']
export type SampleImport = components['schemas']['SampleImportBody']
export type ReviewOutcome = components['schemas']['ReviewOutcome']

export const STATES = [
  'submitted',
  'accepted',
  'rejected',
  'invalid',
  'replaced',
  'restored',
  'withdrawn',
] as const

/** What the bureau can decide; a key of the keyboard stands for each. */
export const DECISIONS = ['accepted', 'rejected', 'invalid', 'replaced', 'restored'] as const
export type Decision = (typeof DECISIONS)[number]
export const KEYS: Record<string, Decision> = {
  a: 'accepted',
  r: 'rejected',
  i: 'invalid',
  s: 'replaced',
}

export const METHODS = [
  'hj75_largest_hours',
  'hj356_largest_day',
  'manual_samples',
  'stated',
] as const
export type Method = (typeof METHODS)[number]

/** The decisions open to a marking in its state. */
export function decisionsOf(state: string): Decision[] {
  if (state === 'submitted') return ['accepted', 'rejected', 'invalid', 'replaced']
  if (['accepted', 'invalid', 'replaced'].includes(state)) return ['replaced', 'restored']
  return []
}

/** The methods that fit a medium: HJ 75 is of gas, HJ 356 of water. */
export const methodsOf = (medium: string): Method[] =>
  METHODS.filter(
    (method) =>
      (medium !== 'waste_water' || method !== 'hj75_largest_hours') &&
      (medium !== 'waste_gas' || method !== 'hj356_largest_day'),
  )

export type Left = 'over' | 'soon' | 'fine' | 'unknown'

/** How much time is left until an instant: less than a day is soon. */
export function timeLeft(due: string | null | undefined, now: number): { left: Left; ms: number } {
  const at = parseInstant(due)
  if (at === null) return { left: 'unknown', ms: 0 }
  const ms = at - now
  return { left: ms <= 0 ? 'over' : ms < 24 * HOUR_MS ? 'soon' : 'fine', ms: Math.abs(ms) }
}

export const LEFT_TONES: Record<Left, string> = {
  over: 'alarm',
  soon: 'warning',
  fine: 'offline',
  unknown: 'disabled',
}

export const STATE_TONES: Record<string, string> = {
  submitted: 'warning',
  accepted: 'normal',
  rejected: 'alarm',
  invalid: 'fault',
  replaced: 'maintenance',
  restored: 'offline',
  withdrawn: 'disabled',
}

export const REASON_TONES: Record<string, string> = {
  gap: 'offline',
  flag: 'fault',
  exceedance: 'alarm',
}

/** `11-24 03:00 – 09:00`; with both days where they differ. */
export function spanText(span: { from: string; to: string }): string {
  const to = parseInstant(span.to)
  const isSameDay = to !== null && formatDay(span.from) === formatDay(to - 1)
  const end = isSameDay
    ? formatMinute(to) === '00:00'
      ? '24:00'
      : formatMinute(to)
    : formatDateTime(to)
  return `${formatDateTime(span.from)} – ${end}`
}

/** The number of files that are taken at once, and of bytes of each. */
export const MOST_FILES = 10
export const MOST_FILE_BYTES = 8 * 1024 * 1024
export const FILE_KINDS = '.jpg,.jpeg,.png,.pdf,image/jpeg,image/png,application/pdf'

/** The code that a device's flag stands for, so that the form need not be told twice. */
export function codeOfFlag(codes: readonly MarkingCode[], flag: string | null | undefined): string {
  return codes.find((code) => code.flag != null && code.flag === flag)?.code ?? ''
}

/** The codes said of points of a medium. */
export const codesFor = (codes: readonly MarkingCode[], medium: string): MarkingCode[] =>
  codes.filter((code) => code.media.includes('any') || code.media.includes(medium))

export interface OwedRow {
  owed: Owed
  day: Owed['days'][number]
}

/** What is owed, one row a day: what is missing first, then the latest days. */
export const owedRows = (all: readonly Owed[]): OwedRow[] =>
  all
    .flatMap((owed) => owed.days.map((day) => ({ owed, day })))
    .sort(
      (one, other) =>
        Number(one.day.is_met) - Number(other.day.is_met) ||
        other.day.day.localeCompare(one.day.day),
    )

/** A file to be filled in and imported: headings that the server knows. */
export const SAMPLE_TEMPLATE =
  '\ufeff站点编码,点位编码,因子编码,采样时间,监测值,监测方法,监测单位,备注\r\n'
