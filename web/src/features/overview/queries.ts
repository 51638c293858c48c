/** The figures of the overview. */
import { useQuery } from '@tanstack/vue-query'
import { getJson } from '@/api/request'

export interface CountyFigures {
  region_code: string
  name_zh: string
  name_en: string
  points_total: number
  points_online: number
  points_alarm: number
}

export interface MediumFigures {
  medium: string
  points_total: number
  points_online: number
  points_alarm: number
}

export interface Overview {
  points_total: number
  points_online: number
  points_alarm: number
  devices_total: number
  devices_online: number
  packets_since_start: number
  alarms_open: number
  alarms_by_severity: { severity: string; alarms: number }[]
  alarms_unacknowledged: number
  oldest_unacknowledged_at?: string | null
  by_state: { state: string; points: number }[]
  /** Null for those who may not see the quarantine. */
  strangers?: number | null
  officer?: string | null
  by_county: CountyFigures[]
  by_medium: MediumFigures[]
  interpretation_lag_ms: number
  simulated: boolean
}

export const useOverview = () =>
  useQuery({
    queryKey: ['overview'],
    queryFn: () => getJson<{ overview: Overview }>('/overview'),
    select: (body) => body.overview,
    refetchInterval: 10_000,
  })
