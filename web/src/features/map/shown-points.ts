/** Which points the filters leave, and where each is drawn. Pure. */
import type { FeatureCollection } from 'geojson'
import type { MapPoint } from '@/features/points'
import { worstOf } from './states'

export interface MapFilters {
  q: string
  medium: string
  region: string
  state: string
}

export function filterPoints(points: readonly MapPoint[], filters: MapFilters): MapPoint[] {
  const sought = filters.q.trim().toLowerCase()
  return points.filter(
    (point) =>
      (filters.medium === '' || point.medium === filters.medium) &&
      (filters.state === '' || point.state === filters.state) &&
      (filters.region === '' || point.region_code.startsWith(filters.region)) &&
      (sought === '' ||
        [point.name_zh, point.name_en, point.site_name_zh, point.site_name_en, point.code].some(
          (text) => text.toLowerCase().includes(sought),
        )),
  )
}

/** Where a point is drawn: those of one site stand in a small circle around it. */
export function drawnAt(id: number, longitude: number, latitude: number): [number, number] {
  // by its identifier: a filter does not move the points that stay
  const turn = (id * 2.4) % (2 * Math.PI)
  return [longitude + 0.004 * Math.cos(turn), latitude + 0.004 * Math.sin(turn)]
}

/** Points as features, each where it is drawn. */
export function toFeatures(points: readonly MapPoint[]): FeatureCollection {
  return {
    type: 'FeatureCollection',
    features: points
      .filter((point) => point.longitude !== null && point.latitude !== null)
      .map((point) => ({
        type: 'Feature',
        properties: { id: point.id, state: point.state, worst: worstOf(point.state) },
        geometry: {
          type: 'Point',
          coordinates: drawnAt(point.id, point.longitude ?? 0, point.latitude ?? 0),
        },
      })),
  }
}
