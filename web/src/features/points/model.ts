/** Monitoring points as the API gives them. */
import type { components } from '@/api/schema'

export interface LatestValue {
  factor_code: string
  name_zh: string
  name_en: string
  value: string | null
  unit: string
  flag: string | null
  time: string
  packet_id?: string | null
}

export interface PointSummary {
  id: number
  site_id: number
  site_name_zh: string
  site_name_en: string
  code: string
  name_zh: string
  name_en: string
  medium: string
  region_code: string
  longitude: number | null
  latitude: number | null
  state: string
  is_simulated: boolean
}

export interface MapPoint extends PointSummary {
  values: LatestValue[]
}

export interface PointFactor {
  factor_code: string
  name_zh: string
  name_en: string
  unit: string
  decimals: number
}

export interface FactorLimit {
  id: number
  factor_code: string
  kind: string
  statistic: string
  lower: string | null
  upper: string | null
  valid_from: string
  valid_to: string | null
  origin: string
  basis: string
}

export interface PointDetail extends PointSummary {
  period_label: string
  address?: string
  factors: PointFactor[]
  limits: FactorLimit[]
  values: LatestValue[]
  devices: { id: number; mn: string }[]
}

export interface SeriesPoint {
  time: string
  value: string | null
  min?: string | null
  max?: string | null
  flag?: string | null
  validity?: string | null
  mark?: string | null
  packet_id?: string | null
}

export interface SeriesFactor {
  factor_code: string
  name_zh: string
  name_en: string
  unit: string
  points: SeriesPoint[]
  is_reduced: boolean
  gaps: { from: string; to: string }[]
}

export interface Series {
  kind: string
  from: string
  to: string
  interval_ms: number
  /** Records of earlier times were removed by retention. */
  removed_before?: string | null
  factors: SeriesFactor[]
  limits: FactorLimit[]
}

export interface RecordValue {
  factor_code: string
  name_zh: string
  name_en: string
  unit: string
  avg?: string | null
  rtd?: string | null
  min?: string | null
  max?: string | null
  flag?: string | null
}

export interface DataRecord {
  time: string
  kind: string
  /** Null when it was imported from an older system. */
  packet_id?: string | null
  import_id?: number | null
  received_at: string
  is_late: boolean
  values: RecordValue[]
}

/** What changed a value since. */
export interface DifferenceCause {
  cause: 'packet' | 'mark' | 'review'
  at: string
  packet_id?: string
  word?: string
  author?: string
  reason?: string
}

/** A value that is not the same now as it was known then. */
export interface Difference {
  time: string
  factor_code: string
  name_zh: string
  name_en: string
  unit: string
  then?: SeriesPoint | null
  now?: SeriesPoint | null
  causes: DifferenceCause[]
}

export type ImportSource = components['schemas']['ImportSourceBody']

/** The page of an imported record. */
export const importPath = (
  point: string | number,
  importId: number,
  kind: string,
  time: string,
): string => `/points/${point}/imports/${importId}/${kind}/${encodeURIComponent(time)}`
