import { describe, expect, it } from 'vitest'
import type { components } from '@/api/schema'
import {
  codeOfFlag,
  codesFor,
  decisionsOf,
  methodsOf,
  owedRows,
  spanText,
  timeLeft,
  type MarkingCode,
} from './model'

const HOUR = 3_600_000
const code = (word: string, media: string[], flag: string | null): MarkingCode => ({
  code: word,
  name_zh: word,
  name_en: word,
  media,
  flag,
  is_not_due: false,
  owes_samples: false,
  needs_file: false,
  basis: '',
  is_to_be_verified: true,
})

describe('a marking', () => {
  it('is decided while it waits, and taken back after', () => {
    expect(decisionsOf('submitted')).toContain('accepted')
    expect(decisionsOf('submitted')).not.toContain('restored')
    expect(decisionsOf('accepted')).toEqual(['replaced', 'restored'])
    expect(decisionsOf('withdrawn')).toEqual([])
    expect(decisionsOf('rejected')).toEqual([])
  })
  it('is over when its deadline is reached, and soon within a day', () => {
    const due = '2026-11-27T00:00:00+08:00'
    const at = Date.parse(due)
    expect(timeLeft(due, at).left).toBe('over')
    expect(timeLeft(due, at - 1)).toEqual({ left: 'soon', ms: 1 })
    expect(timeLeft(due, at - 24 * HOUR).left).toBe('fine')
    expect(timeLeft(null, at).left).toBe('unknown')
  })
  it('that ends at midnight belongs to its day', () => {
    const from = '2026-11-24T03:00:00+08:00'
    const span = (to: string) => spanText({ from, to })
    expect(span('2026-11-25T00:00:00+08:00')).toBe('2026-11-24 03:00 – 24:00')
    expect(span('2026-11-24T09:00:00+08:00')).toBe('2026-11-24 03:00 – 09:00')
    expect(span('2026-11-25T01:00:00+08:00')).toBe('2026-11-24 03:00 – 2026-11-25 01:00')
  })
})

describe('the codes of the rule', () => {
  const codes = [
    code('stopped', ['any'], 'F'),
    code('starting_up', ['waste_gas'], null),
    code('flow_interrupted', ['waste_water'], null),
  ]
  it('are those said of the medium', () => {
    const of = (medium: string) => codesFor(codes, medium).map((one) => one.code)
    expect(of('waste_gas')).toEqual(['stopped', 'starting_up'])
    expect(of('waste_water')).toEqual(['stopped', 'flow_interrupted'])
  })
  it('follow from the flag, and none from no flag', () => {
    expect(codeOfFlag(codes, 'F')).toBe('stopped')
    expect(codeOfFlag(codes, 'X')).toBe('')
    expect(codeOfFlag(codes, null)).toBe('')
  })
  it('have the methods of their medium', () => {
    expect(methodsOf('waste_gas')).not.toContain('hj356_largest_day')
    expect(methodsOf('waste_water')).not.toContain('hj75_largest_hours')
    expect(methodsOf('waste_water')).toContain('stated')
  })
})

describe('what is owed', () => {
  it('lists what is missing first, then the latest days', () => {
    const day = (text: string, is_met: boolean): components['schemas']['OwedDayBody'] => ({
      day: text,
      from: '',
      to: '',
      owed: 4,
      taken: is_met ? 4 : 1,
      gaps: [],
      is_met,
    })
    const owed = {
      days: [day('2026-11-22', true), day('2026-11-23', false), day('2026-11-24', false)],
    } as unknown as components['schemas']['OwedBody']
    const days = owedRows([owed]).map((row) => row.day.day)
    expect(days).toEqual(['2026-11-24', '2026-11-23', '2026-11-22'])
  })
})
