/** Alarms as the API gives them. */
export interface AlarmSummary {
  id: string
  state: string
  severity: string
  kind: string
  point_id: number | null
  point_name_zh: string
  point_name_en: string
  site_name_zh: string
  site_name_en: string
  region_code: string | null
  factor_code: string
  factor_name_zh: string
  factor_name_en: string
  value: string | null
  limit_value: string | null
  multiple: string | null
  unit: string
  opened_at: string
  recovered_at: string | null
  is_simulated: boolean
  member_count: number
}

export interface AlarmEvent {
  at: string
  kind: string
  actor: string
  note: string
  severity: string
  value: string | null
  packet_id: string | null
}

export interface AlarmDetail extends AlarmSummary {
  trace_id: string
  record_kind: string
  since: string
  peak_value: string | null
  peak_packet_id: string | null
  packet_id: string | null
  limit_origin: string
  limit_basis: string
  acknowledged_by: string | null
  acknowledge_note: string | null
  closed_by: string | null
  close_reason: string | null
  rule_id: number
  late_count: number
  events: AlarmEvent[]
}

export const ALARM_STATES = ['open', 'acknowledged', 'recovered', 'closed', 'historical'] as const
export const SEVERITIES = ['critical', 'major', 'minor', 'info'] as const
export const ALARM_KINDS = [
  'over_upper',
  'below_lower',
  'combined',
  'fault',
  'maintenance',
  'offline',
  'missing',
  'stuck',
  'clock_skew',
  'platform',
  'storm',
] as const
