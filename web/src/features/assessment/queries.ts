/** Server data of assessments. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { getJson, sendJson } from '@/api/request'
import { useSeekList } from '@/shared/use-seek-list'
import type {
  Action,
  Assessment,
  AssessmentRow,
  Difference,
  PublicAssessment,
  PublicList,
  RuleAnswer,
} from './model'

interface AssessmentsBody {
  assessments: AssessmentRow[]
  meta: { next: string | null }
}

export const useAssessments = (filter: MaybeRefOrGetter<{ state: string }>) =>
  useSeekList({
    key: computed(() => ['assessments', 'list', toValue(filter)]),
    load: (after) => getJson<AssessmentsBody>('/assessments', { ...toValue(filter), after }),
    items: (page) => page.assessments,
  })

export const useAssessment = (id: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: computed(() => ['assessments', 'one', toValue(id)]),
    queryFn: () => getJson<{ assessment: Assessment }>(`/assessments/${toValue(id)}`),
    select: (body) => body.assessment,
  })

export const useAssessmentRule = () =>
  useQuery({
    queryKey: ['assessments', 'rule'],
    queryFn: () => getJson<RuleAnswer>('/assessment-rule'),
  })

export const useDifference = (id: MaybeRefOrGetter<string>, isOn: MaybeRefOrGetter<boolean>) =>
  useQuery({
    queryKey: computed(() => ['assessments', 'difference', toValue(id)]),
    queryFn: () => getJson<{ difference: Difference }>(`/assessments/${toValue(id)}/difference`),
    select: (body) => body.difference,
    enabled: computed(() => toValue(isOn)),
  })

export const usePublicAssessments = () =>
  useQuery({
    queryKey: ['public', 'assessments'],
    queryFn: () => getJson<PublicList>('/public/assessments'),
  })

export const usePublicAssessment = (id: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: computed(() => ['public', 'assessments', toValue(id)]),
    queryFn: () => getJson<{ assessment: PublicAssessment }>(`/public/assessments/${toValue(id)}`),
    select: (body) => body.assessment,
  })

function useChange<T, R>(change: (input: T) => Promise<R>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: change,
    onSuccess: () => client.invalidateQueries({ queryKey: ['assessments'] }),
  })
}

export const useCreateAssessment = () =>
  useChange((input: { id: string; kind: string; year: number }) =>
    sendJson<{ assessment: Assessment }>('POST', '/assessments', input),
  )

const PATHS = {
  take: 'figures',
  review: 'review',
  return: 'return',
  publish: 'publication',
} as const satisfies Record<Action, string>

export const useAct = () =>
  useChange(
    ({
      id,
      action,
      note,
      revision,
    }: {
      id: string
      action: Action
      note: string
      revision: number
    }) =>
      sendJson<{ assessment: Assessment }>(
        'POST',
        `/assessments/${id}/${PATHS[action]}`,
        action === 'return' ? { note } : action === 'take' ? {} : { revision },
      ),
  )

/** Where a file of an assessment is downloaded from. */
export const fileUrl = (id: string, kind: string): string =>
  kind === 'signed' ? `/api/v1/assessments/${id}/signed` : `/api/v1/assessments/${id}/files/${kind}`
