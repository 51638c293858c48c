import { describe, expect, it } from 'vitest'
import { periodState } from './limits'

describe('a period of validity', () => {
  const now = Date.parse('2026-07-01T00:00:00+08:00')
  it('without ends always holds', () => {
    expect(periodState({ valid_from: null, valid_to: null }, now)).toBe('present')
  })
  it('holds from its first moment to before its last', () => {
    expect(periodState({ valid_from: '2026-07-01T00:00:00+08:00' }, now)).toBe('present')
    expect(periodState({ valid_from: '2026-07-01T00:00:01+08:00' }, now)).toBe('future')
    expect(periodState({ valid_to: '2026-07-01T00:00:00+08:00' }, now)).toBe('past')
    expect(periodState({ valid_to: '2026-07-01T00:00:01+08:00' }, now)).toBe('present')
  })
})
