import { describe, expect, it } from 'vitest'
import {
  isLiveRecord,
  layOver,
  type LiveRecord,
  needsLoading,
  renewed,
  touchedPoints,
} from './live-values'
import type { LatestValue } from './model'

const shown: LatestValue = {
  factor_code: 'a21002',
  name_zh: '氮氧化物',
  name_en: 'nitrogen oxides (NOx)',
  value: '31.0',
  unit: 'mg/m3',
  flag: 'N',
  time: '2026-11-24T22:00:00+08:00',
  packet_id: '1',
}
const record = (time: string, value: string): LiveRecord => ({
  point_id: 7,
  kind: 'realtime',
  time,
  packet_id: '2',
  is_historical: false,
  values: [{ factor_code: 'a21002', value, flag: 'D' }],
})

describe('a live record', () => {
  it('replaces the value, its flag, time and packet, digits as the device sent them', () => {
    expect(layOver([shown], record('2026-11-24T22:01:00+08:00', '30.10'))).toEqual([
      { ...shown, value: '30.10', flag: 'D', time: '2026-11-24T22:01:00+08:00', packet_id: '2' },
    ])
  })

  it('changes nothing when it is older than what is shown', () => {
    const values = [shown]
    expect(layOver(values, record('2026-11-24T21:59:00+08:00', '99'))).toBe(values)
  })

  it('leaves factors that it does not name', () => {
    const other = { ...shown, factor_code: 'a34013' }
    const [kept, changed] = layOver([other, shown], record('2026-11-24T22:01:00+08:00', '5'))
    expect(kept).toBe(other)
    expect(changed?.value).toBe('5')
  })

  it('is asked for from the server when nothing was shown or the point was silent', () => {
    expect(needsLoading({ id: 7, state: 'normal', values: [] })).toBe(true)
    expect(needsLoading({ id: 7, state: 'offline', values: [shown] })).toBe(true)
    expect(needsLoading({ id: 7, state: 'alarm', values: [shown] })).toBe(false)
  })

  it('is told from other data', () => {
    expect(isLiveRecord(record('', ''))).toBe(true)
    expect(isLiveRecord({ what: 'missed' })).toBe(false)
    expect(isLiveRecord(null)).toBe(false)
  })
})

describe('a point loaded anew', () => {
  it('takes the new state and keeps what the stream brought meanwhile', () => {
    const fresh = { id: 7, state: 'alarm', values: [shown] }
    const later = { ...shown, value: '40', time: '2026-11-24T22:02:00+08:00' }
    expect(renewed({ id: 7, state: 'normal', values: [later] }, fresh)).toEqual({
      ...fresh,
      values: [later],
    })
    expect(renewed({ id: 7, state: 'normal', values: [] }, fresh)).toEqual(fresh)
  })
})

describe('an event', () => {
  it('touches the point of its alarm and the points of its device, and no other', () => {
    expect(touchedPoints({ point_id: 7, kind: 'over_upper' })).toEqual([7])
    expect(touchedPoints({ device_id: 3, point_ids: [7, 9] })).toEqual([7, 9])
    expect(touchedPoints({ point_id: null, kind: 'platform' })).toEqual([])
    expect(touchedPoints('missed')).toEqual([])
  })
})
