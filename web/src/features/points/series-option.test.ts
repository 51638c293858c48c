import { describe, expect, it } from 'vitest'
import { markedSpans } from './marked-areas'
import { limitLines, niceMaximum, withHoles } from './series-option'
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
  it('joins neighbouring marked hours and no others', () => {
    const at = (hour: string, mark: string | null) => ({
      time: `2026-11-23T${hour}:00:00+08:00`,
      value: '1',
      mark,
    })
    const points = [
      at('00', null),
      at('01', 'monitor_fault'),
      at('02', 'monitor_fault'),
      at('03', 'stopped'),
      at('05', 'stopped'),
    ]
    const start = Date.parse('2026-11-23T00:00:00+08:00')
    const hours = markedSpans(points, 3_600_000).map(({ mark, from, to }) => [
      mark,
      (from - start) / 3_600_000,
      (to - start) / 3_600_000,
    ])
    expect(hours).toEqual([
      ['monitor_fault', 1, 3],
      ['stopped', 3, 4],
      ['stopped', 5, 6],
    ])
  })
  it('makes room for a limit that the data come near', () => {
    expect(niceMaximum(20, factor, series)).toBeGreaterThan(35)
  })
  it('draws a limit only while it holds', () => {
    const [limit] = series.limits
    if (limit === undefined) throw new Error('no limit')
    const at = (text: string): number => Date.parse(`${text}T00:00:00+08:00`)
    const span: [number, number] = [at('2026-11-20'), at('2026-11-24')]
    const words = { upperLimit: '上限', lowerLimit: '下限' }
    const linesOf = (change: object) =>
      limitLines({ ...limit, ...change }, span, { alarm: 'red' }, words)
    expect(linesOf({})[0]?.map((end) => end.coord)).toEqual(span.map((time) => [time, 35]))
    const half = linesOf({ valid_from: '2026-11-22T00:00:00+08:00' })
    expect(half[0]?.[0].coord[0]).toBe(at('2026-11-22'))
    expect(linesOf({ valid_to: '2026-11-19T00:00:00+08:00' })).toEqual([])
    expect(linesOf({ lower: '6', upper: '9' })).toHaveLength(2)
  })
  it('does not flatten the curve for a limit far away', () => {
    expect(niceMaximum(2, factor, series)).toBeLessThan(4)
  })
})
