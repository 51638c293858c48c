/** The map's own style: no tiles, glyphs or sprites from elsewhere. */
import type { FeatureCollection } from 'geojson'
import type { StyleSpecification } from 'maplibre-gl'

/** A colour of the design language, as the page has it now. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()
}

export const STATES = [
  'alarm',
  'fault',
  'maintenance',
  'warning',
  'stale',
  'offline',
  'normal',
  'disabled',
] as const

interface Layers {
  counties: FeatureCollection
  rivers: FeatureCollection
  points: FeatureCollection
  tileUrl: string | null
  tileAttribution: string | null
}

export function buildStyle(layers: Layers): StyleSpecification {
  const states = STATES.flatMap((state) => [state, colour(state)])
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
        clusterProperties: {
          alarms: ['+', ['case', ['==', ['get', 'state'], 'alarm'], 1, 0]],
        },
      },
      ...(layers.tileUrl === null
        ? {}
        : {
            tiles: {
              type: 'raster' as const,
              tiles: [layers.tileUrl],
              tileSize: 256,
              attribution: layers.tileAttribution ?? '',
            },
          }),
    },
    layers: [
      { id: 'ground', type: 'background', paint: { 'background-color': colour('sunken') } },
      ...(layers.tileUrl === null
        ? []
        : [{ id: 'tiles', type: 'raster' as const, source: 'tiles' }]),
      {
        id: 'county-area',
        type: 'fill',
        source: 'counties',
        paint: {
          'fill-color': colour('surface'),
          'fill-opacity': layers.tileUrl === null ? 1 : 0.2,
        },
      },
      {
        id: 'river',
        type: 'line',
        source: 'rivers',
        layout: { 'line-cap': 'round', 'line-join': 'round' },
        paint: {
          'line-color': '#7fb2cf',
          'line-width': ['interpolate', ['linear'], ['zoom'], 7, 1.2, 12, 4],
        },
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
          'circle-color': ['case', ['>', ['get', 'alarms'], 0], colour('alarm'), colour('accent')],
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
