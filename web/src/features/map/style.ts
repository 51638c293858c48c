/** The map's own style: no tiles, glyphs or sprites from elsewhere. */
import type { FeatureCollection } from 'geojson'
import type { RasterSourceSpecification, StyleSpecification } from 'maplibre-gl'
import type { TileLayer } from './queries'
import { STATES, worstOf } from './states'

/** A colour of the design language, as the page has it now. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()
}

interface Layers {
  counties: FeatureCollection
  rivers: FeatureCollection
  others: FeatureCollection
  points: FeatureCollection
  tiles: readonly TileLayer[]
}

/** Where the tiles of a source are: PMTiles are read by the protocol of that name. */
export const tileUrlOf = (tiles: TileLayer, origin: string): string =>
  tiles.kind === 'pmtiles' ? `pmtiles://${new URL(tiles.url, origin).href}` : tiles.url

export function buildStyle(layers: Layers): StyleSpecification {
  const states = STATES.flatMap((state) => [state, colour(state)])
  const worst = STATES.flatMap((state) => [worstOf(state), colour(state)])
  const hasTiles = layers.tiles.length > 0
  const tileSources = layers.tiles.map((tiles, index): [string, RasterSourceSpecification] => {
    const url = tileUrlOf(tiles, location.origin)
    return [
      `tiles-${index}`,
      {
        type: 'raster',
        ...(tiles.kind === 'pmtiles' ? { url } : { tiles: [url] }),
        tileSize: 256,
        maxzoom: tiles.max_zoom,
        attribution: tiles.attribution,
      },
    ]
  })
  return {
    version: 8,
    sources: {
      counties: { type: 'geojson', data: layers.counties },
      rivers: { type: 'geojson', data: layers.rivers },
      points: {
        type: 'geojson',
        data: layers.points,
        cluster: true,
        clusterRadius: 26,
        clusterMaxZoom: 10,
        clusterProperties: { worst: ['max', ['get', 'worst']] },
      },
      others: { type: 'geojson', data: layers.others },
      ...Object.fromEntries(tileSources),
    },
    layers: [
      { id: 'ground', type: 'background', paint: { 'background-color': colour('sunken') } },
      ...tileSources.map(([source]) => ({ id: source, type: 'raster' as const, source })),
      {
        id: 'county-area',
        type: 'fill',
        source: 'counties',
        paint: {
          'fill-color': colour('surface'),
          'fill-opacity': hasTiles ? 0.15 : 1,
        },
      },
      {
        id: 'river',
        type: 'line',
        source: 'rivers',
        layout: { 'line-cap': 'round', 'line-join': 'round' },
        paint: {
          'line-color': colour('river'),
          'line-width': ['interpolate', ['linear'], ['zoom'], 7, 1.2, 12, 4],
        },
      },
      {
        id: 'other-line',
        type: 'line',
        source: 'others',
        paint: { 'line-color': colour('fault'), 'line-width': 1, 'line-dasharray': [3, 2] },
      },
      {
        id: 'county-line',
        type: 'line',
        source: 'counties',
        paint: { 'line-color': colour('line-strong'), 'line-width': 1.2 },
      },
      {
        id: 'cluster',
        type: 'circle',
        source: 'points',
        filter: ['has', 'point_count'],
        paint: {
          'circle-color': ['match', ['get', 'worst'], ...worst, colour('offline')] as never,
          'circle-opacity': 0.9,
          'circle-radius': ['interpolate', ['linear'], ['get', 'point_count'], 2, 11, 30, 20],
          'circle-stroke-width': 3,
          'circle-stroke-color': colour('surface'),
        },
      },
      {
        id: 'point',
        type: 'circle',
        source: 'points',
        filter: ['!', ['has', 'point_count']],
        paint: {
          'circle-color': ['match', ['get', 'state'], ...states, colour('offline')] as never,
          'circle-radius': ['interpolate', ['linear'], ['zoom'], 7, 5.5, 12, 9],
          'circle-stroke-width': 2,
          'circle-stroke-color': colour('surface'),
        },
      },
    ],
  }
}
