/** Alarm rules and back-tests as the API gives them. */
export interface RuleDefinition {
  name_zh: string
  name_en: string
  severity: string
  [part: string]: unknown
}

export interface AlarmRule {
  id: number
  version: number
  key: string
  name_zh: string
  name_en: string
  kind: string
  severity: string
  definition: RuleDefinition
  is_enabled: boolean
  valid_from: string
  valid_to: string | null
  author: string
  reason: string
  created_at: string
}

export interface BacktestAlarm {
  id: string
  point_id: number | null
  point_name_zh: string
  point_name_en: string
  site_name_zh: string
  site_name_en: string
  factor_name_zh: string
  factor_name_en: string
  unit: string
  severity: string
  opened_at: string
  recovered_at: string | null
  value: string | null
  limit_value: string | null
}

export interface Backtest {
  records: number
  total: number
  by_day: { day: string; count: number }[]
  alarms: BacktestAlarm[]
}

/** The definition in a text, or nothing when it is none. */
export function readDefinition(text: string): RuleDefinition | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as RuleDefinition)
      : null
  } catch {
    return null
  }
}

/** Since when a version is in force: shipped rules hold for all of the past as well. */
export const inForceSince = (rule: AlarmRule): string =>
  rule.valid_from.startsWith('1970') ? rule.created_at : rule.valid_from
