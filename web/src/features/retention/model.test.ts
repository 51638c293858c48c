import { describe, expect, it } from 'vitest'
import { USUAL_YEARS, daysOfYears, yearsOf } from './model'

describe('spans of retention', () => {
  it('are years that hold their leap days', () => {
    expect(USUAL_YEARS.map(daysOfYears)).toEqual([366, 731, 1096, 1827, 3653])
  })

  it('are told in years only when they are whole ones', () => {
    expect(yearsOf(1827)).toBe(5)
    expect(yearsOf(1826)).toBeNull()
    expect(yearsOf(null)).toBeNull()
  })
})
