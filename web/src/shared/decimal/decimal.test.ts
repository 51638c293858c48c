import { describe, expect, it } from 'vitest'
import { compareDecimals, formatBytes, formatDecimal, formatPercent } from '.'

describe('decimal texts', () => {
  it('keep the scale the device sent', () => {
    expect(formatDecimal('0.10')).toBe('0.10')
    expect(formatDecimal('-1234567.050')).toBe('−1,234,567.050')
    expect(formatDecimal(null)).toBe('—')
    expect(formatDecimal('<0.5')).toBe('<0.5')
  })
  it('compare exactly where floating point cannot', () => {
    expect(compareDecimals('9007199254740993', '9007199254740992')).toBe(1)
    expect(compareDecimals('0.10', '0.1')).toBe(0)
    expect(compareDecimals('-0.2', '0.1')).toBe(-1)
  })
  it('become per cent by moving the point, never by rounding up', () => {
    expect(formatPercent('0.98765')).toBe('98.7%')
    expect(formatPercent('1')).toBe('100.0%')
    expect(formatPercent('0.005', 2)).toBe('0.50%')
  })
  it('show sizes in binary units', () => {
    expect(formatBytes(512)).toBe('512 B')
    expect(formatBytes(1536)).toBe('1.5 KiB')
  })
})
