import { describe, expect, it } from 'vitest'
import {
  byYear,
  bySource,
  fromFen,
  placeOf,
  sumOf,
  toFen,
  toHundredMillion,
  type Fund,
} from './model'

const fund = (source: string, year: number, planned: string, paid = '0'): Fund => ({
  source,
  year,
  planned,
  arrived: '0',
  paid,
})

describe('money', () => {
  it('sums exactly what floating point would not', () => {
    expect(sumOf(['0.1', '0.2'])).toBe('0.3')
    expect(sumOf(['493036.2', '0.000001'])).toBe('493036.200001')
    expect(sumOf(['1', 'x', ''])).toBe('1')
  })

  it('reads fen and writes them back', () => {
    for (const text of ['0', '12.5', '0.000001', '999999999.999999'])
      expect(fromFen(toFen(text) ?? -1n)).toBe(text)
    expect(toFen('-1')).toBeNull()
    expect(toFen('0.0000001')).toBeNull()
    expect(fromFen(-2500000n)).toBe('-2.5')
  })

  it('moves the point from 万元 to 亿元', () => {
    expect(toHundredMillion('493036.2')).toBe('49.30362')
    expect(toHundredMillion('1')).toBe('0.0001')
    expect(toHundredMillion('0')).toBe('0')
    expect(toHundredMillion('10000')).toBe('1')
  })

  it('is gathered by year and by source', () => {
    const funds = [
      fund('city', 2017, '1.5', '1'),
      fund('city', 2016, '2'),
      fund('loan', 2017, '10'),
    ]
    expect(byYear(funds)).toEqual({
      years: [2016, 2017],
      planned: ['2', '11.5'],
      arrived: ['0', '0'],
      paid: ['0', '1'],
    })
    expect(bySource(funds).map((row) => [row.source, row.planned])).toEqual([
      ['loan', '10'],
      ['city', '3.5'],
    ])
  })
})

it('puts states along the life of a project', () => {
  expect(['reserve', 'accepted', 'removed'].map(placeOf)).toEqual([0, 4, -1])
})
