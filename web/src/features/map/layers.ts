/** Which layers are drawn, and where they lie. Pure. */
import type { FeatureCollection, Position } from 'geojson'
import type { MapLayer } from './queries'

/** What the bureau can put a map of its own for. */
export const KINDS = ['counties', 'rivers'] as const
export type LayerKind = (typeof KINDS)[number]

const EMPTY: FeatureCollection = { type: 'FeatureCollection', features: [] }

/** The bureau's layer of a kind, or ours. */
export function layerOf(
  layers: readonly MapLayer[] | undefined,
  kind: LayerKind,
): MapLayer | undefined {
  const named = (name: string) => layers?.find((layer) => layer.name === name)
  return named(`official_${kind}`) ?? named(kind)
}

export const shapesOf = (layer: MapLayer | undefined): FeatureCollection => layer?.geojson ?? EMPTY

/** The other layers in one: drawn as thin lines besides. */
export function othersOf(layers: readonly MapLayer[] | undefined): FeatureCollection {
  const taken = KINDS.flatMap((kind) => [kind as string, `official_${kind}`])
  return {
    type: 'FeatureCollection',
    features: (layers ?? [])
      .filter((layer) => !taken.includes(layer.name))
      .flatMap((layer) => layer.geojson.features),
  }
}

export type Bounds = [west: number, south: number, east: number, north: number]

function* positionsOf(collection: FeatureCollection): Generator<Position> {
  const waiting: unknown[] = collection.features.map((feature) =>
    feature.geometry !== null && 'coordinates' in feature.geometry
      ? feature.geometry.coordinates
      : [],
  )
  while (waiting.length > 0) {
    const next = waiting.pop()
    if (!Array.isArray(next)) continue
    if (typeof next[0] === 'number') yield next as Position
    else for (const part of next) waiting.push(part)
  }
}

/** The box around everything; none when nothing is there. */
export function boundsOf(collection: FeatureCollection): Bounds | null {
  let bounds: Bounds | null = null
  for (const [x = 0, y = 0] of positionsOf(collection)) {
    bounds =
      bounds === null
        ? [x, y, x, y]
        : [
            Math.min(bounds[0], x),
            Math.min(bounds[1], y),
            Math.max(bounds[2], x),
            Math.max(bounds[3], y),
          ]
  }
  return bounds
}

interface Projection {
  height: number
  place: (position: Position) => [x: number, y: number]
}

/** Draws a box of the earth as wide as it is told; north is up, a degree of longitude shrinks with the latitude. */
export function projectionOf([west, south, east, north]: Bounds, width: number): Projection {
  const shrink = Math.cos((((south + north) / 2) * Math.PI) / 180)
  const across = Math.max((east - west) * shrink, 1e-6)
  const down = Math.max(north - south, 1e-6)
  const scale = Math.min(width / across, (width * 0.75) / down)
  const left = (width - across * scale) / 2
  return {
    height: down * scale,
    place: ([x = 0, y = 0]) => [left + (x - west) * shrink * scale, (north - y) * scale],
  }
}

interface Path {
  d: string
  isArea: boolean
}

/** Features as SVG paths. */
export function pathsOf(collection: FeatureCollection, place: Projection['place']): Path[] {
  const spot = (position: Position): string => {
    const [x, y] = place(position)
    return `${x.toFixed(1)} ${y.toFixed(1)}`
  }
  const line = (points: Position[], isClosed: boolean): string =>
    `M${points.map(spot).join('L')}${isClosed ? 'Z' : ''}`
  const lines = (parts: Position[][], isClosed: boolean): string =>
    parts.map((part) => line(part, isClosed)).join('')
  return collection.features.flatMap(({ geometry }): Path[] => {
    switch (geometry?.type) {
      case 'Polygon':
        return [{ d: lines(geometry.coordinates, true), isArea: true }]
      case 'MultiPolygon':
        return [{ d: lines(geometry.coordinates.flat(), true), isArea: true }]
      case 'LineString':
        return [{ d: line(geometry.coordinates, false), isArea: false }]
      case 'MultiLineString':
        return [{ d: lines(geometry.coordinates, false), isArea: false }]
      default:
        return []
    }
  })
}

/** Features as SVG paths in a box of a width. */
export function toPaths(
  collection: FeatureCollection,
  width: number,
): { paths: Path[]; height: number } {
  const bounds = boundsOf(collection)
  if (bounds === null) return { paths: [], height: 0 }
  const { place, height } = projectionOf(bounds, width)
  return { paths: pathsOf(collection, place), height }
}
