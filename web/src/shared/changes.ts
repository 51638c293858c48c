/** Who changed a thing of the register, told to whoever may read the thing. */
import { useQuery } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { getJson } from '@/api/request'
import type { components } from '@/api/schema'

export type ChangeEntry = components['schemas']['ChangeBody']

/** The last changes of `site:12` and the like, newest first. */
export const useChanges = (subject: MaybeRefOrGetter<string>, limit: number) =>
  useQuery({
    queryKey: computed(() => ['changes', toValue(subject), limit]),
    queryFn: () =>
      getJson<{ changes: ChangeEntry[] }>('/changes', { subject: toValue(subject), limit }),
    select: (body) => body.changes,
    enabled: computed(() => toValue(subject) !== ''),
    staleTime: 0,
  })

export interface FieldChange {
  field: string
  before: string
  after: string
}

function read(text: string | null | undefined): Record<string, unknown> {
  if (!text) return {}
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : {}
  } catch {
    return {}
  }
}

const show = (value: unknown): string =>
  value === undefined || value === null || value === ''
    ? '—'
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value)

/** The fields that an entry changed; all of them when it made or ended the thing. */
export function fieldChanges(entry: ChangeEntry): FieldChange[] {
  const [before, after] = [read(entry.before), read(entry.after)]
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]))
    .map((field) => ({ field, before: show(before[field]), after: show(after[field]) }))
}
