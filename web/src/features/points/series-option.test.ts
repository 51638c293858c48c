import { describe, expect, it } from 'vitest'
import { niceMaximum, withHoles } from './series-option'
import type { Series, SeriesFactor } from './model'

const factor: SeriesFactor = {
  factor_code: 'a21026',
  name_zh: '二氧化硫',
  name_en: 'SO2',
  unit: 'mg/m3',
  points: [],
  is_reduced: false,
  gaps: [],
}

const series: Series = {
  kind: 'hour',
  from: '2026-11-23T00:00:00+08:00',
  to: '2026-11-24T00:00:00+08:00',
  interval_ms: 3_600_000,
  factors: [factor],
  limits: [
    {
      id: 1,
      factor_code: 'a21026',
      kind: 'hour',
      statistic: 'avg',
      lower: null,
      upper: '35',
      valid_from: '2020-01-01T00:00:00+08:00',
      valid_to: null,
      origin: 'permit',
      basis: '',
    },
  ],
}

describe('a series on the chart', () => {
  it('shows a missing hour as a hole, not as a line across', () => {
    const at = (hour: string) => ({ time: `2026-11-23T${hour}:00:00+08:00`, value: '1' })
    const placed = withHoles([at('00'), at('01'), at('03')], 3_600_000)
    expect(placed.map(({ point }) => point !== null)).toEqual([true, true, false, true])
  })
  it('makes room for a limit that the data come near', () => {
    expect(niceMaximum(20, factor, series)).toBeGreaterThan(35)
  })
  it('does not flatten the curve for a limit far away', () => {
    expect(niceMaximum(2, factor, series)).toBeLessThan(4)
  })
})
