/** Points of one place as one mark. Pure. */
import type { MapPoint } from '@/features/points'
import { worstOf } from './states'

export interface SiteMark {
  id: string
  name_zh: string
  name_en: string
  longitude: number
  latitude: number
  /** The worst of its points. */
  state: string
  /** The point that is in that state. */
  pointId: number
}

/** One mark for each site, the worst last, so that it is drawn above the others. */
export function sitesOf(points: readonly MapPoint[]): SiteMark[] {
  const marks = new Map<string, SiteMark>()
  for (const point of points) {
    if (point.longitude === null || point.latitude === null) continue
    const id = `${point.site_name_zh} ${point.longitude} ${point.latitude}`
    const known = marks.get(id)
    if (known !== undefined && worstOf(known.state) >= worstOf(point.state)) continue
    marks.set(id, {
      id,
      name_zh: point.site_name_zh,
      name_en: point.site_name_en,
      longitude: point.longitude,
      latitude: point.latitude,
      state: point.state,
      pointId: point.id,
    })
  }
  return [...marks.values()].sort((a, b) => worstOf(a.state) - worstOf(b.state))
}
