/** The audit trail, page by page. */
import { getJson } from '@/api/request'
import type { components } from '@/api/schema'

export type AuditEntry = components['schemas']['AuditEntryBody']
type AuditEntriesBody = components['schemas']['AuditEntriesBody']

export interface AuditFilter {
  actor: string
  action: string
  subject: string
  from: string | undefined
  to: string | undefined
}

export const listEntries = (filter: AuditFilter, after?: string) =>
  getJson<AuditEntriesBody>('/audit', { ...filter, after, limit: 100 })
