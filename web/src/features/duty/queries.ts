/** Server data of the duty desk. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { getJson, sendJson } from '@/api/request'
import type { Shift, ShiftEntry } from './model'

interface ShiftsBody {
  shifts: Shift[]
  meta: { next: string | null }
}

export const usePresentShift = () =>
  useQuery({
    queryKey: ['duty', 'present'],
    queryFn: () => getJson<{ shift: Shift | null; entries: ShiftEntry[] }>('/duty/present'),
    refetchInterval: 30_000,
  })

export const listShifts = (after?: string, limit = 20) =>
  getJson<ShiftsBody>('/duty/shifts', { after, limit })

export const useShiftEntries = (id: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: computed(() => ['duty', 'entries', toValue(id)]),
    queryFn: () => getJson<{ entries: ShiftEntry[] }>(`/duty/shifts/${toValue(id)}/entries`),
    select: (body) => body.entries,
    enabled: computed(() => toValue(id) !== ''),
  })

function useDutyChange<T>(change: (input: T) => Promise<unknown>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: change,
    onSuccess: () => client.invalidateQueries({ queryKey: ['duty'] }),
  })
}

export const useStartShift = () =>
  useDutyChange((input: { officer: string }) => sendJson('POST', '/duty/shifts', input))

export const useAddEntry = () =>
  useDutyChange((input: { id: string; text: string }) => sendJson('POST', '/duty/entries', input))

export const useHandOver = () =>
  useDutyChange((input: { to_officer: string; text: string }) =>
    sendJson('POST', '/duty/hand-over', input),
  )
