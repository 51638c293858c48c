import { describe, expect, it } from 'vitest'
import { numberFieldsOf, readList, shownNumber, stepsOf, takeNumber, writePart } from './definition'
import type { RuleDefinition } from './model'

const OFFLINE: RuleDefinition = {
  name_zh: '设备离线',
  name_en: 'Device offline',
  severity: 'minor',
  condition: { type: 'offline', after_s: 900 },
  life: {
    delay_count: 1,
    delay_s: null,
    recover_count: 2,
    steps: [{ after_s: 7200, severity: 'major' }],
  },
  storm: { cause: 'peer', least: 5 },
}
const fieldOf = (name: string) => {
  const field = numberFieldsOf(OFFLINE).find(({ path }) => path[1] === name)
  if (field === undefined) throw new Error(name)
  return field
}

describe('the fields of a definition', () => {
  it('are those it has, minutes where it keeps seconds', () => {
    expect(numberFieldsOf(OFFLINE).map(({ path }) => path[1])).toEqual([
      'after_s',
      'delay_count',
      'delay_s',
      'recover_count',
    ])
    expect(shownNumber(OFFLINE, fieldOf('after_s'))).toBe('15')
    expect(shownNumber(OFFLINE, fieldOf('delay_s'))).toBe('')
  })
  it('change one value and leave the rest as it is', () => {
    const changed = takeNumber(OFFLINE, fieldOf('after_s'), '20')
    expect(changed).toEqual({ ...OFFLINE, condition: { type: 'offline', after_s: 1200 } })
    expect(takeNumber(OFFLINE, fieldOf('delay_s'), '')).toEqual(OFFLINE)
    expect(takeNumber(changed, fieldOf('delay_s'), '2')['life']).toMatchObject({ delay_s: 120 })
  })
  it('take nothing that is no number or too small', () => {
    for (const text of ['', 'x', '0', '-3'])
      expect(takeNumber(OFFLINE, fieldOf('after_s'), text)).toBe(OFFLINE)
  })
  it('read lists and steps whatever stands there', () => {
    const scoped = writePart(OFFLINE, ['scope', 'media'], ['air'])
    expect(readList(scoped, ['scope', 'media'])).toEqual(['air'])
    expect(readList(OFFLINE, ['scope', 'media'])).toEqual([])
    expect(stepsOf(OFFLINE)).toEqual([{ after_s: 7200, severity: 'major' }])
    expect(stepsOf({ ...OFFLINE, life: 3 })).toEqual([])
  })
})
