import { describe, expect, it } from 'vitest'
import { daysOf, gradeOf, type Rate, shiftMonth, toRows } from './model'

const rate = (id: string, day: string, percent: string | null): Rate => ({
  subject_kind: 'county',
  subject_id: id,
  name_zh: id,
  name_en: id,
  day,
  points: 1,
  simulated: true,
  operation: percent,
  networking: percent,
  transmission: percent,
  effective: percent,
  transmission_effectiveness: percent,
  due_hours: 24,
  exempt_hours: 0,
  networked_hours: 0,
  running_hours: 0,
  due_values: 24,
  exempt_values: 0,
  received_values: 0,
  valid_values: 0,
})

describe('rates in rows', () => {
  it('stand at their day, the worst subject first, one without a rate last', () => {
    const months = [
      rate('a', '2026-02-01', '99.00'),
      rate('b', '2026-02-01', null),
      rate('c', '2026-02-01', '80.10'),
    ]
    const days = [rate('a', '2026-02-28', '98.00'), rate('c', '2026-02-03', '0.00')]
    const rows = toRows(months, days, '2026-02', 'transmission')
    expect(rows.map((row) => row.key)).toEqual(['county:c', 'county:a', 'county:b'])
    expect(rows[0]?.days).toHaveLength(28)
    expect(rows[0]?.days[2]?.transmission).toBe('0.00')
    expect(rows[0]?.days[3]).toBeNull()
    expect(rows[1]?.days[27]?.transmission).toBe('98.00')
  })

  it('know their months', () => {
    expect([daysOf('2024-02'), daysOf('2026-02'), daysOf('2026-11'), daysOf('2026-12')]).toEqual([
      29, 28, 30, 31,
    ])
    expect([shiftMonth('2026-01', -1), shiftMonth('2026-12', 1)]).toEqual(['2025-12', '2027-01'])
  })

  it('are graded, and nothing due is no bad rate', () => {
    expect(['99.00', '98.99', '94.99', '89.99', '74.99', null].map(gradeOf)).toEqual([
      'full',
      'good',
      'fair',
      'weak',
      'poor',
      'none',
    ])
  })
})
