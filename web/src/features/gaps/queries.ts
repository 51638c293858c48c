/** Server data of gaps. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { getJson, sendJson } from '@/api/request'
import type { components } from '@/api/schema'

export type Gap = components['schemas']['DataGapBody']
export type GapCount = components['schemas']['GapCountBody']
type GapsBody = components['schemas']['GapsBody']

export interface GapFilter {
  state: readonly string[]
  kind: string
  region: string
  point_id?: string
}

/** Gaps change with every look of the server, twice a minute. */
const REFRESH_MS = 15_000

export const listGaps = (filter: GapFilter, after?: string, limit = 100) =>
  getJson<GapsBody>('/gaps', { ...filter, after, limit })

export const useGapCounts = () =>
  useQuery({
    queryKey: ['gaps', 'counts'],
    queryFn: () => getJson<{ counts: GapCount[] }>('/gaps/counts'),
    select: (body) => body.counts,
    refetchInterval: REFRESH_MS,
  })

export function useRequestGap() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: string) => sendJson<{ gap: Gap }>('POST', `/gaps/${id}/request`),
    onSuccess: () => client.invalidateQueries({ queryKey: ['gaps'] }),
  })
}

export const GAP_REFRESH_MS = REFRESH_MS
