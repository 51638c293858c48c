/** Sums and spans of gaps. */
import { describe, expect, it } from 'vitest'
import { canBeAsked, spanText, statesOf, sumOf } from './model'

const COUNTS = [
  { kind: 'hour', state: 'open', gaps: 2, missing: 5 },
  { kind: 'hour', state: 'requested', gaps: 1, missing: 1 },
  { kind: 'minute', state: 'open', gaps: 4, missing: 40 },
  { kind: 'day', state: 'filled', gaps: 3, missing: 0 },
]

describe('gaps', () => {
  it('adds up what is missing, of all kinds or of one', () => {
    expect(sumOf(COUNTS, 'missing', '')).toEqual({ gaps: 7, missing: 46 })
    expect(sumOf(COUNTS, 'missing', 'hour')).toEqual({ gaps: 3, missing: 6 })
    expect(sumOf(COUNTS, 'filled', '')).toEqual({ gaps: 3, missing: 0 })
    expect(sumOf([], 'given_up', '')).toEqual({ gaps: 0, missing: 0 })
  })

  it('names a span by its kind', () => {
    const from = '2016-05-04T11:00:00+08:00'
    expect(spanText({ kind: 'hour', from, to: '2016-05-04T14:00:00+08:00' })).toBe(
      '2016-05-04 11:00 – 14:00',
    )
    expect(spanText({ kind: 'hour', from, to: '2016-05-05T00:00:00+08:00' })).toBe(
      '2016-05-04 11:00 – 2016-05-05 00:00',
    )
    const day = '2016-05-04T00:00:00+08:00'
    expect(spanText({ kind: 'day', from: day, to: '2016-05-05T00:00:00+08:00' })).toBe('2016-05-04')
    expect(spanText({ kind: 'day', from: day, to: '2016-05-07T00:00:00+08:00' })).toBe(
      '2016-05-04 – 2016-05-06',
    )
  })

  it('lets what is missing be asked for, and nothing else', () => {
    expect(['open', 'given_up'].every((state) => canBeAsked({ state }))).toBe(true)
    expect(['requested', 'filled', 'excused'].some((state) => canBeAsked({ state }))).toBe(false)
    expect(statesOf('missing')).toEqual(['open', 'requested'])
    expect(statesOf('')).toEqual([])
  })
})
