/** The audit trail, page by page, and what is known of its chain. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { getJson, sendJson, withQuery } from '@/api/request'
import type { components } from '@/api/schema'

export type AuditEntry = components['schemas']['AuditEntryBody']
type AuditEntriesBody = components['schemas']['AuditEntriesBody']
type ChainAnswer = components['schemas']['AuditChainAnswer']

export interface AuditFilter {
  actor: string
  action: string
  subject: string
  from: string | undefined
  to: string | undefined
}

/** The chain is walked every few minutes; while it is being walked, the end is waited for. */
const CHAIN_MS = 60_000
const WALK_MS = 1_000

export const listEntries = (filter: AuditFilter, after?: string) =>
  getJson<AuditEntriesBody>('/audit', { ...filter, after, limit: 100 })

export const exportUrl = (filter: AuditFilter): string =>
  withQuery('/api/v1/audit/entries.csv', { ...filter })

export const useChain = () =>
  useQuery({
    queryKey: ['audit', 'chain'],
    queryFn: () => getJson<ChainAnswer>('/audit/chain'),
    select: (body) => body.audit_chain,
    refetchInterval: ({ state }) =>
      state.data?.audit_chain.is_being_verified === true ? WALK_MS : CHAIN_MS,
  })

export function useVerification() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: () => sendJson<ChainAnswer>('POST', '/audit/chain/verification'),
    onSuccess: (body) => client.setQueryData(['audit', 'chain'], body),
  })
}
