import { describe, expect, it } from 'vitest'
import { formatSecond, fromInput, inputToRfc3339, startOfDay, toInputDateTime, toRfc3339 } from '.'

describe('Beijing time', () => {
  const instant = Date.UTC(2026, 10, 23, 16, 5, 9)
  it('is shown at +08:00 whatever the zone of the machine', () => {
    expect(formatSecond(instant)).toBe('2026-11-24 00:05:09')
    expect(formatSecond('2026-11-23T16:05:09Z')).toBe('2026-11-24 00:05:09')
    expect(toRfc3339(instant)).toBe('2026-11-24T00:05:09+08:00')
  })
  it('goes through an input and back', () => {
    expect(fromInput(toInputDateTime(instant))).toBe(instant - 9000)
    expect(fromInput('2026-11-24')).toBe(Date.UTC(2026, 10, 23, 16))
    expect(fromInput('')).toBeNull()
  })
  it('begins its day at midnight in Beijing', () => {
    expect(startOfDay(instant)).toBe(Date.UTC(2026, 10, 23, 16))
  })

  it('gives what a person typed to the API as Beijing time', () => {
    expect(inputToRfc3339('2016-05-04')).toBe('2016-05-04T00:00:00+08:00')
    expect(inputToRfc3339('')).toBeUndefined()
    expect(inputToRfc3339('soon')).toBeUndefined()
  })
})
