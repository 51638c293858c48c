import { describe, expect, it } from 'vitest'
import { parseInstant } from '@/shared/time'
import { hourGrid, readMark, toneOf, type Verdict, yearGrid } from './model'

const verdict = (kind: string, time: string, more: Partial<Verdict> = {}): Verdict => ({
  point_id: 1,
  kind,
  time,
  state: 'given',
  figure: 58,
  grade: 2,
  grade_zh: '良',
  grade_en: 'good',
  is_attained: true,
  deciding: [],
  items: [],
  computed_at: time,
  ...more,
})
const NOW = parseInstant('2016-05-04T12:30:00+08:00') ?? 0

describe('the year of days', () => {
  it('has every day of a leap year once, each with its verdict', () => {
    const rows = yearGrid(2016, [verdict('day', '2016-02-29T00:00:00+08:00')], NOW)
    expect(rows).toHaveLength(12)
    expect(rows.flatMap((row) => row.cells)).toHaveLength(366)
    expect(rows[1]?.cells[28]).toMatchObject({ time: '2016-02-29', isFuture: false })
    expect(rows[1]?.cells[28]?.verdict?.figure).toBe(58)
    expect(rows[4]?.cells[4]).toMatchObject({ time: '2016-05-05', isFuture: true, verdict: null })
  })
})

describe('the days of hours', () => {
  it('begins with today and finds an hour by its instant', () => {
    const rows = hourGrid([verdict('hour', '2016-05-03T23:00:00+08:00')], 2, NOW)
    expect(rows.map((row) => row.day)).toEqual(['2016-05-04', '2016-05-03'])
    expect(rows[1]?.cells[23]?.verdict?.grade).toBe(2)
    expect(rows[0]?.cells[11]?.isFuture).toBe(false)
    expect(rows[0]?.cells[12]?.isFuture).toBe(true)
  })
})

describe('the colour', () => {
  it('is that of the level, the class, or of what is kept', () => {
    const of = (medium: string, more: Partial<Verdict>): string =>
      toneOf(medium, verdict('day', '', more))
    expect(of('air', {})).toBe('verdict-air-2')
    expect(of('surface_water', { grade: 6 })).toBe('verdict-water-6')
    expect(of('waste_gas', { grade: null, is_attained: false })).toBe('verdict-over')
    expect(of('waste_gas', { grade: null, is_attained: true })).toBe('verdict-within')
    expect(of('air', { state: 'withheld' })).toBe('verdict-open')
    expect(toneOf('air', null)).toBe('verdict-none')
  })
})

it('reads class and multiple of a mark', () => {
  expect(readMark('4*0.25')).toEqual({ grade: '4', multiple: '0.25' })
  expect(readMark('2')).toEqual({ grade: '2', multiple: null })
})
