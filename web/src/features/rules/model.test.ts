import { describe, expect, it } from 'vitest'
import { inForceSince, readDefinition, type AlarmRule } from './model'

describe('a definition as text', () => {
  it('is an object or nothing', () => {
    expect(readDefinition('{"name_zh":"x"}')).toEqual({ name_zh: 'x' })
    for (const text of ['', '[]', 'null', '{', '3']) expect(readDefinition(text)).toBeNull()
  })
})

describe('the beginning of a version', () => {
  it('is when it was made for a shipped rule', () => {
    const rule = { valid_from: '1970-01-01T08:00:00+08:00', created_at: '2026-01-02' } as AlarmRule
    expect(inForceSince(rule)).toBe('2026-01-02')
    expect(inForceSince({ ...rule, valid_from: '2026-03-01' })).toBe('2026-03-01')
  })
})
