import { expect, it } from 'vitest'
import { describeHours, gatherProblems } from './day-problems'
import type { RateHour } from './queries'

const hour = (at: number, state: string, notDue: string | null = null): RateHour => ({
  time: String(at),
  not_due: notDue,
  networked: true,
  running: true,
  values: [
    { factor_code: 'a21026', name_zh: '二氧化硫', name_en: 'SO2', state },
    { factor_code: 'a34013', name_zh: '烟尘', name_en: 'dust', state },
    { factor_code: 'a21002', name_zh: '氮氧化物', name_en: 'NOx', state: 'valid' },
  ],
})

it('gathers what is missing, factors with the same trouble together, and leaves what is not due', () => {
  const hours = [hour(0, 'missing'), hour(1, 'missing'), hour(2, 'invalid'), hour(3, 'valid')]
  const problems = gatherProblems([...hours, hour(4, 'missing', 'not_yet')], Number)
  const codes = ['a21026', 'a34013']
  expect(
    problems.map(({ factors, state, hours }) => [
      factors.map((factor) => factor.factor_code),
      state,
      hours,
    ]),
  ).toEqual([
    [codes, 'missing', [0, 1]],
    [codes, 'invalid', [2]],
  ])
})

it('writes neighbouring hours as spans', () => {
  expect(describeHours([0, 1, 2, 5, 7, 8])).toBe('0–2, 5, 7–8')
  expect(describeHours([])).toBe('')
})
