import { describe, expect, it } from 'vitest'
import { STANDARD, deviations, readQuirks } from './quirks'

describe('the settings of a device', () => {
  it('are those of the standard where none are kept', () => {
    expect(readQuirks({})).toEqual(STANDARD)
    expect(readQuirks(null)).toEqual(STANDARD)
    expect(deviations(readQuirks({ checksum: 'standard' }))).toEqual([])
  })
  it('say nothing of what the device leaves to the platform', () => {
    expect(deviations(readQuirks({ over_time_s: null, resend_count: null }))).toEqual([])
    expect(deviations(readQuirks({ over_time_s: 30, resend_count: 0 }))).toEqual([
      ['over_time_s', '30'],
      ['resend_count', '0'],
    ])
  })
  it('name what differs, and nothing else', () => {
    const quirks = readQuirks({ checksum: 'modbus', has_history: false, time_shift_minutes: -60 })
    expect(deviations(quirks)).toEqual([
      ['checksum', 'modbus'],
      ['time_shift_minutes', '-60'],
      ['has_history', 'false'],
    ])
  })
})
