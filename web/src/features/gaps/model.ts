/** States of gaps, how they are grouped and coloured, and the span in words. */
import { formatDateTime, formatDay, formatMinute, parseInstant } from '@/shared/time'
import type { Gap, GapCount } from './queries'

export const GAP_KINDS = ['minute', 'hour', 'day'] as const
/** What a duty officer looks at: what is missing, what came, what will not come, what was not due. */
export const GAP_GROUPS = ['missing', 'given_up', 'filled', 'excused'] as const
export type GapGroup = (typeof GAP_GROUPS)[number]

const STATES: Record<GapGroup, readonly string[]> = {
  missing: ['open', 'requested'],
  given_up: ['given_up'],
  filled: ['filled'],
  excused: ['excused'],
}

export const TONES: Record<string, string> = {
  open: 'warning',
  requested: 'sent',
  filled: 'ok',
  given_up: 'failed',
  excused: 'cancelled',
}

export const statesOf = (group: string): readonly string[] => STATES[group as GapGroup] ?? []

export interface GapSum {
  gaps: number
  missing: number
}

/** Gaps and missing periods of a group, of all kinds or of one. */
export function sumOf(counts: readonly GapCount[], group: GapGroup, kind: string): GapSum {
  const sum = { gaps: 0, missing: 0 }
  for (const count of counts) {
    if (!STATES[group].includes(count.state) || (kind !== '' && count.kind !== kind)) continue
    sum.gaps += count.gaps
    sum.missing += count.missing
  }
  return sum
}

/** `05-04 11:00 – 14:00`, or the days of day records; the last day belongs to the span. */
export function spanText(gap: Pick<Gap, 'kind' | 'from' | 'to'>): string {
  const to = parseInstant(gap.to)
  if (gap.kind === 'day') {
    const last = formatDay(to === null ? null : to - 1)
    const first = formatDay(gap.from)
    return first === last ? first : `${first} – ${last}`
  }
  const isSameDay = to !== null && formatDay(gap.from) === formatDay(to)
  return `${formatDateTime(gap.from)} – ${isSameDay ? formatMinute(to) : formatDateTime(to)}`
}

export const canBeAsked = (gap: Pick<Gap, 'state'>): boolean =>
  gap.state === 'open' || gap.state === 'given_up'
