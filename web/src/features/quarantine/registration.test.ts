import { describe, expect, it } from 'vitest'
import type { Proposal } from './queries'
import { fillForm, missingFields, toInput } from './registration'

const proposal: Proposal = {
  mn: 'SIMSTRANGER1',
  edition: '2017',
  system_type: '31',
  medium: 'waste_gas',
  password_length: 6,
  passwords_heard: 1,
  factors: [{ factor_code: 'a21026', name_zh: '二氧化硫', name_en: 'SO2', unit: 'mg/m3' }],
  realtime_interval_s: 60,
  packets: 3,
}

describe('the registration of a stranger', () => {
  it('is filled from its packets: only where it stands is missing', () => {
    const form = fillForm(proposal)
    expect(form.pointCode).toBe('DA001')
    expect(missingFields(form)).toEqual(['point_name', 'site'])
    form.place = 'point'
    expect(missingFields(form)).toEqual(['point'])
    form.pointId = '7'
    expect(toInput(form)).toEqual({
      name: '',
      edition: '2017',
      system_type: '31',
      is_simulated: true,
      replay: true,
      point_id: 7,
    })
  })

  it('asks for a password when none was heard and sends it only then', () => {
    const form = fillForm({ ...proposal, password_length: null })
    expect(missingFields(form)).toContain('password')
    form.otherPassword = 'secret'
    expect(toInput(form).password).toBe('secret')
  })

  it('makes a new site with its point; an empty position is none and not zero', () => {
    const form = fillForm(proposal)
    Object.assign(form, {
      place: 'new_site',
      siteCode: 'E9',
      siteName: '某厂',
      region: '430421',
      longitude: '112.5',
      pointName: '1号排口',
    })
    expect(missingFields(form)).toEqual([])
    const made = toInput(form).new_point
    expect(made?.new_site?.longitude).toBe(112.5)
    expect(made?.new_site?.latitude).toBeNull()
    expect(made?.site_id).toBeUndefined()
    expect(made?.factors).toEqual(['a21026'])
  })
})
