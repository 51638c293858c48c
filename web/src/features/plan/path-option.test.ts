import type { LineSeriesOption } from 'echarts'
import { describe, expect, it } from 'vitest'
import { chartColours } from '@/shared/ui/chart-colours'
import type { Course } from './model'
import { pathOption, placesOf } from './path-option'

const words = {
  expected: 'expected',
  value: 'value',
  projection: 'projection',
  band: 'band',
  provisional: 'provisional',
}
const year = (number: number, value: string | null, provisional = false) =>
  ({ year: number, value, provisional }) as Course['years'][number]
const course = {
  years: [year(2016, '60'), year(2017, '56', true), year(2018, null)],
  path: [
    { year: 2015, expected: '55' },
    { year: 2016, expected: '53' },
    { year: 2017, expected: '51' },
    { year: 2018, expected: '49' },
  ],
  projection: { year: 2018, value: 52, lower: 50, upper: 54, observations: 3 },
} as unknown as Course

const seriesOf = (name: string): LineSeriesOption => {
  const option = pathOption(course, { base: '55', unit: 'µg/m³' }, chartColours(false), words)
  const all = option.series as LineSeriesOption[]
  const found = all.find((one) => one.name === name)
  if (found === undefined) throw new Error(name)
  return found
}

describe('the course of an indicator', () => {
  it('begins with the base and leaves out years without a value', () => {
    const data = seriesOf('value').data as { value: number | null; symbol: string }[]
    expect(data.map((one) => one.value)).toEqual([55, 60, 56, null])
    expect(data[2]?.symbol).toBe('emptyCircle')
    expect(seriesOf('expected').data).toEqual([55, 53, 51, 49])
  })
  it('projects from the last value on, with a band that opens', () => {
    expect(seriesOf('projection').data).toEqual([null, null, 56, 52])
    expect(seriesOf('band').data).toEqual([null, null, 0, 4])
  })
  it('keeps the places of its values', () => {
    expect(placesOf({ years: [year(2016, '66.7')] })).toBe(1)
    expect(placesOf(course)).toBe(0)
  })
})
