/** What a duty officer has to look at, the worst first. Pure. */
import type { Operation } from '@/shared/session'
import type { Overview } from './queries'

export interface Attention {
  key: string
  tone: 'alarm' | 'warning' | 'fault' | 'offline' | 'stale' | 'maintenance'
  count: number
  /** A length of time for the hint, milliseconds. */
  lengthMs?: number
  to: string
}

/** What some of them lead to; who may not ask for it is not led there. */
export const ASKS: Readonly<Record<string, Operation>> = {
  lag: 'GET /packets',
  nobody: 'GET /duty/present',
  strangers: 'GET /quarantine',
}

/** Records more than so much behind are no present any more. */
const LAG_MS = 60_000
/** A county below this share of the month is worth a look. */
export const POOR_PERCENT = 90

export function findAttention(
  overview: Overview,
  poorCounties: number,
  now: number,
  parse: (text: string | null | undefined) => number | null,
): Attention[] {
  const found: Attention[] = []
  const points = (state: string): number =>
    overview.by_state.find((one) => one.state === state)?.points ?? 0
  if (overview.interpretation_lag_ms > LAG_MS)
    found.push({
      key: 'lag',
      tone: 'alarm',
      count: 1,
      lengthMs: overview.interpretation_lag_ms,
      to: '/packets',
    })
  if (overview.alarms_unacknowledged > 0) {
    const oldest = parse(overview.oldest_unacknowledged_at)
    found.push({
      key: 'unacknowledged',
      tone: 'alarm',
      count: overview.alarms_unacknowledged,
      lengthMs: oldest === null ? 0 : Math.max(0, now - oldest),
      to: '/alarms?state=open',
    })
  }
  if (overview.officer == null)
    found.push({ key: 'nobody', tone: 'warning', count: 1, to: '/duty' })
  for (const state of ['fault', 'offline', 'stale', 'maintenance'] as const) {
    if (points(state) > 0)
      found.push({
        key: state,
        tone: state,
        count: points(state),
        to: `/map?view=list&state=${state}`,
      })
  }
  if ((overview.strangers ?? 0) > 0)
    found.push({
      key: 'strangers',
      tone: 'warning',
      count: overview.strangers ?? 0,
      to: '/quarantine',
    })
  if (poorCounties > 0)
    found.push({ key: 'poor_rates', tone: 'warning', count: poorCounties, to: '/rates' })
  return found
}
