import { describe, expect, it } from 'vitest'
import { findAttention } from './attention'
import type { Overview } from './queries'

const calm: Overview = {
  points_total: 3,
  points_online: 3,
  points_alarm: 0,
  devices_total: 3,
  devices_online: 3,
  packets_since_start: 10,
  alarms_open: 2,
  alarms_by_severity: [],
  alarms_unacknowledged: 0,
  oldest_unacknowledged_at: null,
  by_state: [{ state: 'normal', points: 3 }],
  strangers: 0,
  officer: '张明',
  by_county: [],
  by_medium: [],
  interpretation_lag_ms: 900,
  simulated: true,
}
const keysOf = (overview: Overview, poor = 0): string[] =>
  findAttention(overview, poor, 10_000, (text) => (text == null ? null : Number(text))).map(
    (one) => one.key,
  )

describe('what needs attention', () => {
  it('is nothing when every alarm is acknowledged and every point online', () => {
    expect(keysOf(calm)).toEqual([])
  })

  it('is in the order of its weight', () => {
    const busy: Overview = {
      ...calm,
      alarms_unacknowledged: 2,
      oldest_unacknowledged_at: '4000',
      officer: null,
      strangers: 1,
      interpretation_lag_ms: 61_000,
      by_state: [
        { state: 'offline', points: 4 },
        { state: 'fault', points: 1 },
      ],
    }
    expect(keysOf(busy, 3)).toEqual([
      'lag',
      'unacknowledged',
      'nobody',
      'fault',
      'offline',
      'strangers',
      'poor_rates',
    ])
    const waits = findAttention(busy, 0, 10_000, Number).find((one) => one.key === 'unacknowledged')
    expect(waits?.lengthMs).toBe(6_000)
  })

  it('leaves strangers out for those who may not see them', () => {
    expect(keysOf({ ...calm, strangers: null })).toEqual([])
  })
})
