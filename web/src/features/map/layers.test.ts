import type { FeatureCollection, Geometry } from 'geojson'
import { describe, expect, it } from 'vitest'
import { boundsOf, layerOf, othersOf, toPaths } from './layers'
import type { MapLayer } from './queries'

const collection = (geometry: Geometry): FeatureCollection => ({
  type: 'FeatureCollection',
  features: [{ type: 'Feature', properties: {}, geometry }],
})
const square = collection({
  type: 'Polygon',
  coordinates: [
    [
      [112, 0],
      [113, 0],
      [113, 1],
      [112, 1],
      [112, 0],
    ],
  ],
})
const layer = (name: string): MapLayer => ({
  name,
  geojson: square,
  feature_count: 1,
  source: '',
  is_schematic: !name.startsWith('official'),
  updated_at: '',
})

describe('layers of the map', () => {
  it('show the bureau’s own in the place of the schematic one', () => {
    const ours = [layer('counties'), layer('rivers')]
    expect(layerOf(ours, 'counties')?.is_schematic).toBe(true)
    expect(layerOf([...ours, layer('official_counties')], 'counties')?.is_schematic).toBe(false)
    expect(othersOf(ours).features).toHaveLength(0)
    expect(othersOf([...ours, layer('official_rivers'), layer('zones')]).features).toHaveLength(1)
  })

  it('know where they lie', () => {
    expect(boundsOf(square)).toEqual([112, 0, 113, 1])
    expect(boundsOf({ type: 'FeatureCollection', features: [] })).toBeNull()
  })

  it('are drawn north up within their box', () => {
    const { paths, height } = toPaths(square, 400)
    expect(height).toBeCloseTo(300, 0)
    expect(paths).toHaveLength(1)
    expect(paths[0]?.isArea).toBe(true)
    // the first corner is the south-west one: at the bottom
    expect(paths[0]?.d).toMatch(/^M50\.0 300\.0L/)
  })
})
