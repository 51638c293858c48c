/** Server data of exceedances and planned stops. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { getJson, sendJson } from '@/api/request'
import type { Exceedance, Exemption } from './model'

export interface ExceedanceFilter {
  from: string
  to: string
  kind?: string
  region?: string
  point?: string
}

interface ExceedancesBody {
  exceedances: Exceedance[]
  meta: { next: string | null }
}

export interface NewExemption {
  id: string
  site_id: number
  point_id: number | null
  factor_code: string
  from: string
  to: string
  reason: string
}

export interface PointChoice {
  id: number
  site_id: number
  site_name_zh: string
  site_name_en: string
  name_zh: string
  name_en: string
}

export const listExceedances = (filter: ExceedanceFilter, after?: string, limit = 100) =>
  getJson<ExceedancesBody>('/exceedances', { ...filter, after, limit })

export const useExemptions = () =>
  useQuery({
    queryKey: ['exemptions'],
    queryFn: () => getJson<{ exemptions: Exemption[] }>('/exemptions'),
    select: (body) => body.exemptions,
  })

export const usePointChoices = () =>
  useQuery({
    queryKey: ['points', 'choices'],
    queryFn: () => getJson<{ points: PointChoice[] }>('/points', { limit: 1000 }),
    select: (body) => body.points,
  })

function useExemptionChange<T>(change: (input: T) => Promise<unknown>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: change,
    onSuccess: () => client.invalidateQueries({ queryKey: ['exemptions'] }),
  })
}

export const useCreateExemption = () =>
  useExemptionChange((input: NewExemption) => sendJson('POST', '/exemptions', input))

export const useRevokeExemption = () =>
  useExemptionChange((id: string) => sendJson('POST', `/exemptions/${id}/revoke`, {}))
