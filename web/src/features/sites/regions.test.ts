import { describe, expect, it } from 'vitest'
import { regionPath, treeLines, type Region } from './regions'

const region = (code: string, parent_code: string | null): Region => ({
  code,
  parent_code,
  name_zh: code,
  name_en: code,
  level: 'county',
  longitude: null,
  latitude: null,
  is_simulated: false,
  revision: 1,
})
const REGIONS = [
  region('430400', '430000'),
  region('430407', '430400'),
  region('430407001', '430407'),
  region('430408', '430400'),
]

describe('the region tree', () => {
  it('shows what is open, and puts at the top what has no parent here', () => {
    const codes = (open: string[]) =>
      treeLines(REGIONS, new Set(open)).map(({ region, depth }) => `${depth} ${region.code}`)
    expect(codes([])).toEqual(['0 430400'])
    expect(codes(['430400'])).toEqual(['0 430400', '1 430407', '1 430408'])
    expect(codes(['430400', '430407'])).toContain('2 430407001')
    // a closed parent hides an open child
    expect(codes(['430407'])).toEqual(['0 430400'])
  })

  it('names a region with those above it', () => {
    expect(regionPath(REGIONS, '430407001').map(({ code }) => code)).toEqual([
      '430400',
      '430407',
      '430407001',
    ])
    expect(regionPath(REGIONS, '999999')).toEqual([])
  })
})
