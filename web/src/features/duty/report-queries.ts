/** What the duty report of a day or a month is made of. */
import { useQuery } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { getJson } from '@/api/request'
import { may } from '@/shared/session'
import { toRfc3339 } from '@/shared/time'
import type { Shift } from './model'

export interface ReportAlarm {
  id: string
  state: string
  severity: string
  kind: string
  site_name_zh: string
  site_name_en: string
  point_name_zh: string
  point_name_en: string
  factor_name_zh: string
  factor_name_en: string
  value: string | null
  limit_value: string | null
  unit: string
  opened_at: string
  is_simulated: boolean
}

export interface ReportExceedance {
  site_name_zh: string
  site_name_en: string
  point_id: number
  point_name_zh: string
  point_name_en: string
  factor_code: string
  factor_name_zh: string
  factor_name_en: string
  unit: string
  kind: string
  time: string
  value: string
  limit_value: string
  limit_origin: string
  statistic: string
  multiple: string | null
  is_simulated: boolean
}

export interface DutyReport {
  alarms: ReportAlarm[]
  exceedances: ReportExceedance[]
  shifts: Shift[]
  isCut: boolean
}

const LINES = 1000

/** Alarms, exceedances and shifts of the time from one instant to another. */
export const useDutyReport = (time: MaybeRefOrGetter<{ from: number; to: number }>) =>
  useQuery({
    queryKey: computed(() => ['duty', 'report', toValue(time)]),
    queryFn: async (): Promise<DutyReport> => {
      const { from: begin, to: end } = toValue(time)
      const span = { from: toRfc3339(begin), to: toRfc3339(end), limit: LINES }
      type Exceedances = { exceedances: ReportExceedance[] }
      const [alarms, hours, days, shifts] = await Promise.all([
        getJson<{ alarms: ReportAlarm[] }>('/alarms', span),
        getJson<Exceedances>('/exceedances', { ...span, kind: 'hour' }),
        getJson<Exceedances>('/exceedances', { ...span, kind: 'day' }),
        // the desk is the city's: a report of a part of it has no shifts
        may('GET /duty/shifts')
          ? getJson<{ shifts: Shift[] }>('/duty/shifts', { limit: 100 })
          : { shifts: [] },
      ])
      const [from, to] = [span.from, span.to]
      return {
        alarms: alarms.alarms,
        exceedances: [...days.exceedances, ...hours.exceedances],
        // all times carry the same offset, so their text is in order
        shifts: shifts.shifts.filter(
          (shift) => shift.started_at < to && (shift.ended_at === null || shift.ended_at >= from),
        ),
        isCut: [alarms.alarms, hours.exceedances, days.exceedances].some(
          (list) => list.length >= LINES,
        ),
      }
    },
  })
