import { describe, expect, it } from 'vitest'
import { joinCodes, splitCodes, toneOfTarget } from './model'

describe('a superior platform', () => {
  it('is as good as its connection, unless it lags', () => {
    expect(toneOfTarget({ state: 'connected', lag_s: 0 })).toBe('normal')
    expect(toneOfTarget({ state: 'connected', lag_s: 90 })).toBe('warning')
    expect(toneOfTarget({ state: 'connected', lag_s: 600 })).toBe('alarm')
    expect(toneOfTarget({ state: 'waiting', lag_s: 0 })).toBe('offline')
    expect(toneOfTarget({ state: 'waiting', lag_s: 5 })).toBe('warning')
    expect(toneOfTarget({ state: 'off', lag_s: null })).toBe('disabled')
  })

  it('reads command codes however they are separated, each once', () => {
    expect(splitCodes('2011，2051; 2011\n2061')).toEqual(['2011', '2051', '2061'])
    expect(splitCodes(' ')).toEqual([])
    expect(splitCodes(joinCodes(['1011', '2011']))).toEqual(['1011', '2011'])
  })
})
