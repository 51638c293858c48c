/** Server data of the five-year plan. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { getJson, sendJson } from '@/api/request'
import { useSeekList } from '@/shared/use-seek-list'
import type {
  Cockpit,
  Course,
  IndicatorState,
  NewPlanValue,
  Plan,
  PlanMeasure,
  PlanValue,
  PollutantAccount,
  Sentence,
  Step,
} from './model'

export const usePlan = () =>
  useQuery({
    queryKey: ['plan'],
    queryFn: () => getJson<{ plan: Plan }>('/plan'),
    select: (body) => body.plan,
  })

export const usePlanText = () =>
  useQuery({
    queryKey: ['plan', 'text'],
    queryFn: () => getJson<{ sentences: Sentence[] }>('/plan/text'),
    select: (body) => body.sentences,
  })

export const useIndicatorStates = (year: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: computed(() => ['plan', 'indicators', toValue(year)]),
    queryFn: () =>
      getJson<{ year: number; indicators: IndicatorState[] }>('/plan/indicators', {
        year: toValue(year),
      }),
  })

export const useCockpit = () =>
  useQuery({
    queryKey: ['plan', 'cockpit'],
    queryFn: () => getJson<{ cockpit: Cockpit }>('/plan/cockpit'),
    select: (body) => body.cockpit,
    refetchInterval: 120_000,
  })

export const useCourse = (indicator: MaybeRefOrGetter<string>, region: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: computed(() => ['plan', 'course', toValue(indicator), toValue(region)]),
    queryFn: () =>
      getJson<Course>(`/plan/indicators/${toValue(indicator)}`, { region: toValue(region) }),
    placeholderData: (before) => before,
  })

export const usePlanMeasure = (
  measure: MaybeRefOrGetter<string>,
  of: MaybeRefOrGetter<{ region: string; year: string }>,
) =>
  useQuery({
    queryKey: computed(() => ['plan', 'measure', toValue(measure), toValue(of)]),
    queryFn: () =>
      getJson<{ plan_measure: PlanMeasure }>(`/plan/measures/${toValue(measure)}`, toValue(of)),
    select: (body) => body.plan_measure,
  })

export const useAccounts = () =>
  useQuery({
    queryKey: ['plan', 'accounts'],
    queryFn: () => getJson<{ plan_accounts: PollutantAccount[] }>('/plan/accounts'),
    select: (body) => body.plan_accounts,
  })

export const useAccountEntries = (account: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: computed(() => ['plan', 'accounts', toValue(account)]),
    queryFn: () => getJson<{ entries: PlanValue[] }>(`/plan/accounts/${toValue(account)}/entries`),
    select: (body) => body.entries,
  })

/** A project of the pool to choose from. */
export interface ProjectChoice {
  id: string
  code: string
  name: string
  state: string
  region_code: string
}

export const useProjectChoices = (isWanted: MaybeRefOrGetter<boolean>) =>
  useQuery({
    queryKey: ['projects', 'choices'],
    queryFn: () => getJson<{ projects: ProjectChoice[] }>('/projects', { limit: 1000 }),
    select: (body) => body.projects.filter((one) => one.state !== 'removed'),
    enabled: computed(() => toValue(isWanted)),
  })

export interface ValueFilter {
  year?: string
  state?: string
}

interface ValuesBody {
  plan_values: PlanValue[]
  meta: { next: string | null }
}

export const useReportedValues = (filter: MaybeRefOrGetter<ValueFilter>) =>
  useSeekList({
    key: computed(() => ['plan', 'values', toValue(filter)]),
    load: (after) => getJson<ValuesBody>('/plan/values', { ...toValue(filter), after }),
    items: (page) => page.plan_values,
  })

/** Anything done to a value changes the list and every indicator made from it. */
function useValueChange<T>(change: (input: T) => Promise<unknown>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: change,
    onSuccess: () => client.invalidateQueries({ queryKey: ['plan'] }),
  })
}

export const useReportValue = () =>
  useValueChange((input: NewPlanValue) => sendJson('POST', '/plan/values', input))

export const useDecideValue = () =>
  useValueChange(({ id, step, note }: { id: string; step: Step; note: string }) =>
    sendJson('POST', `/plan/values/${id}/${step}`, step === 'return' ? { note } : {}),
  )
