/** Limits: the closed lists, and whether one holds at a moment. */
import { parseInstant } from '@/shared/time'

export const RECORD_KINDS = ['realtime', 'minute', 'hour', 'day'] as const
export const LIMIT_ORIGINS = ['standard', 'permit', 'manual'] as const
export const LIMIT_STATISTICS = [
  'rtd',
  'avg',
  'max',
  'min',
  'cou',
  'zs_rtd',
  'zs_avg',
  'zs_max',
  'zs_min',
  'data',
  'day_data',
  'night_data',
] as const

interface Period {
  valid_from?: string | null
  valid_to?: string | null
}

/** Whether a period is over, holds, or lies ahead; its end belongs to it no more. */
export function periodState(period: Period, now: number): 'past' | 'present' | 'future' {
  const [from, to] = [parseInstant(period.valid_from), parseInstant(period.valid_to)]
  if (from !== null && from > now) return 'future'
  return to !== null && to <= now ? 'past' : 'present'
}
