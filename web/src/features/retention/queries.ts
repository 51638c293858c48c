/** Server data of retention. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { getJson, sendJson } from '@/api/request'
import type { Retention, RetentionPreview } from './model'

interface RetentionAnswer {
  retention: Retention[]
  least_days: number
  most_days: number
}

const KEY = ['retention'] as const

export const useRetention = () =>
  useQuery({ queryKey: KEY, queryFn: () => getJson<RetentionAnswer>('/retention') })

export async function loadRetention(kind: string): Promise<Retention> {
  const { retention } = await getJson<RetentionAnswer>('/retention')
  const found = retention.find((one) => one.kind === kind)
  if (found === undefined) throw new Error(`no retention of ${kind}`)
  return found
}

/** What a setting would remove; asked only when it is one that may be set. */
export const usePreview = (
  kind: MaybeRefOrGetter<string>,
  keepDays: MaybeRefOrGetter<number | null>,
  isAsked: MaybeRefOrGetter<boolean>,
) =>
  useQuery({
    queryKey: computed(() => [...KEY, 'preview', toValue(kind), toValue(keepDays)]),
    queryFn: () =>
      getJson<{ preview: RetentionPreview }>(`/retention/${toValue(kind)}/preview`, {
        keep_days: toValue(keepDays),
      }),
    select: (body) => body.preview,
    enabled: computed(() => toValue(isAsked)),
    placeholderData: (before) => before,
  })

export function useSetRetention() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: async (change: { kind: string; keep_days: number | null; revision: number }) => {
      const { kind, ...input } = change
      const answer = await sendJson<RetentionAnswer>('PUT', `/retention/${kind}`, input)
      client.setQueryData(KEY, answer)
      return loadRetention(kind)
    },
  })
}
