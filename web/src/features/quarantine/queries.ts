/** Server data of the quarantine. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { getJson, sendJson } from '@/api/request'
import type { components } from '@/api/schema'

export type Sender = components['schemas']['SenderBody']
export type BadFrames = components['schemas']['BadFramesRow']

export const useSenders = () =>
  useQuery({
    queryKey: ['quarantine'],
    queryFn: () => getJson<{ senders: Sender[] }>('/quarantine'),
    select: (body) => body.senders,
    refetchInterval: 10_000,
  })

export const useBadFrames = () =>
  useQuery({
    queryKey: ['bad-frames'],
    queryFn: () => getJson<{ bad_frames: BadFrames[] }>('/bad-frames'),
    select: (body) => body.bad_frames,
    refetchInterval: 10_000,
  })

export function useSenderChange(change: 'replay' | 'discard') {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (mn: string) =>
      sendJson('POST', `/quarantine/${encodeURIComponent(mn)}/${change}`, undefined),
    onSuccess: () => client.invalidateQueries({ queryKey: ['quarantine'] }),
  })
}
