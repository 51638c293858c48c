/** Server data of verdicts. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { getJson, sendJson } from '@/api/request'
import { useLiveBatch } from '@/shared/live'
import type {
  CityVerdicts,
  Verdict,
  VerdictChange,
  VerdictExplanation,
  VerdictKind,
  VerdictSetting,
} from './model'

interface VerdictsBody {
  verdicts: Verdict[]
  kinds: VerdictKind[]
}

export interface VerdictsFilter {
  kind: VerdictKind
  from: string
  to: string
}

export const useVerdicts = (
  point: MaybeRefOrGetter<string>,
  filter: MaybeRefOrGetter<VerdictsFilter>,
) =>
  useQuery({
    queryKey: computed(() => ['verdicts', toValue(point), toValue(filter)]),
    queryFn: () =>
      getJson<VerdictsBody>(`/points/${toValue(point)}/verdicts`, {
        ...toValue(filter),
        limit: 1000,
      }),
    placeholderData: (before) => before,
    refetchInterval: 120_000,
  })

export const useExplanation = (
  point: MaybeRefOrGetter<string>,
  kind: MaybeRefOrGetter<string>,
  time: MaybeRefOrGetter<string>,
) =>
  useQuery({
    queryKey: computed(() => ['verdicts', toValue(point), 'open', toValue(kind), toValue(time)]),
    queryFn: () =>
      getJson<VerdictExplanation>(`/points/${toValue(point)}/verdict-explanation`, {
        kind: toValue(kind),
        time: toValue(time),
      }),
  })

export const listVerdictChanges = (point: string | undefined, after: string | undefined) =>
  getJson<{ verdict_changes: VerdictChange[]; meta: { next?: string | null } }>(
    '/verdict-changes',
    { point_id: point, after, limit: 20 },
  )

export const useCityVerdicts = () =>
  useQuery({
    queryKey: ['city-verdicts'],
    queryFn: () => getJson<{ city_verdicts: CityVerdicts }>('/city-verdicts'),
    select: (body) => body.city_verdicts,
    refetchInterval: 120_000,
  })

export const useVerdictSetting = (point: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: computed(() => ['verdict-setting', toValue(point)]),
    queryFn: () =>
      getJson<{ verdict_setting: VerdictSetting }>(`/points/${toValue(point)}/verdict-setting`),
    select: (body) => body.verdict_setting,
  })

export function useSaveVerdictSetting(point: MaybeRefOrGetter<string>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (setting: VerdictSetting) =>
      sendJson<{ verdict_setting: VerdictSetting }>(
        'PUT',
        `/points/${toValue(point)}/verdict-setting`,
        setting,
      ),
    onSettled: () => client.invalidateQueries({ queryKey: ['verdict-setting', toValue(point)] }),
  })
}

/** Loads again what a new or changed verdict shows on: of one point, or of all. */
export function useLiveVerdicts(point?: () => string): void {
  const client = useQueryClient()
  useLiveBatch(
    'verdict',
    (batch) => {
      const isTouched = batch.some(
        (data) =>
          point === undefined ||
          (typeof data === 'object' &&
            data !== null &&
            'point_id' in data &&
            String(data.point_id) === point()),
      )
      if (!isTouched) return
      void client.invalidateQueries({ queryKey: point ? ['verdicts', point()] : ['verdicts'] })
      void client.invalidateQueries({ queryKey: ['verdict-changes'] })
      void client.invalidateQueries({ queryKey: ['city-verdicts'] })
    },
    1_000,
  )
}
