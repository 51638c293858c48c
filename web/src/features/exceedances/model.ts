/** Exceedances and planned stops as the API gives them. */
export interface Exceedance {
  site_name_zh: string
  site_name_en: string
  region_code: string
  point_id: number
  point_name_zh: string
  point_name_en: string
  factor_code: string
  factor_name_zh: string
  factor_name_en: string
  unit: string
  kind: string
  statistic: string
  side: string
  time: string
  value: string
  limit_value: string
  limit_origin: string
  limit_basis: string
  multiple: string | null
  packet_id: string | null
  is_late: boolean
  is_exempt: boolean
  is_simulated: boolean
}

export interface Exemption {
  id: string
  site_id: number
  site_name_zh: string
  site_name_en: string
  point_id: number | null
  point_name_zh: string
  point_name_en: string
  factor_code: string
  factor_name_zh: string
  factor_name_en: string
  from: string
  to: string
  reason: string
  author: string
  revoked_at: string | null
  revoked_by: string | null
}

export const RECORD_KINDS = ['realtime', 'minute', 'hour', 'day'] as const
