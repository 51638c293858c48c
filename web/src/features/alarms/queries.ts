/** Server data of alarms. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { getJson, sendJson } from '@/api/request'
import type { AlarmDetail, AlarmSummary } from './model'

export interface AlarmFilter {
  state?: string
  severity?: string
  kind?: string
  region?: string
  point?: string
  from?: string
  to?: string
}

interface AlarmsBody {
  alarms: AlarmSummary[]
  meta: { next: string | null }
}

export const listAlarms = (filter: AlarmFilter, after?: string, limit = 50) =>
  getJson<AlarmsBody>('/alarms', { ...filter, after, limit })

/** Alarms that ask for a person: information is not among them. */
const PRESSING = 'critical,major,minor'

export const useRecentAlarms = (state: MaybeRefOrGetter<string>, limit: number) =>
  useQuery({
    queryKey: computed(() => ['alarms', 'recent', toValue(state), limit]),
    queryFn: () => listAlarms({ state: toValue(state), severity: PRESSING }, undefined, limit),
    select: (body) => body.alarms,
    refetchInterval: 30_000,
  })

export const useAlarm = (id: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: computed(() => ['alarm', toValue(id)]),
    queryFn: () => getJson<{ alarm: AlarmDetail }>(`/alarms/${toValue(id)}`),
    select: (body) => body.alarm,
    refetchInterval: 30_000,
  })

function useAlarmChange<T>(change: (input: T) => Promise<unknown>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: change,
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ['alarm'] }),
        client.invalidateQueries({ queryKey: ['alarms'] }),
        client.invalidateQueries({ queryKey: ['overview'] }),
      ]),
  })
}

export const useAcknowledgeAlarm = () =>
  useAlarmChange((input: { id: string; note: string }) =>
    sendJson('POST', `/alarms/${input.id}/acknowledge`, { note: input.note }),
  )

export const useCloseAlarm = () =>
  useAlarmChange((input: { id: string; reason: string }) =>
    sendJson('POST', `/alarms/${input.id}/close`, { reason: input.reason }),
  )
