/** The region tree and the closed lists of the register. */
import { useQuery } from '@tanstack/vue-query'
import { getJson } from '@/api/request'

export interface Region {
  code: string
  parent_code: string | null
  name_zh: string
  name_en: string
  level: string
  longitude: number | null
  latitude: number | null
}

export const MEDIA = ['waste_gas', 'waste_water', 'air', 'surface_water', 'noise'] as const
export const SITE_KINDS = [
  'enterprise',
  'sewage_plant',
  'waste_incinerator',
  'air_station',
  'water_station',
  'noise_station',
  'construction_site',
  'other',
] as const

export const useRegions = () =>
  useQuery({
    queryKey: ['regions'],
    queryFn: () => getJson<{ regions: Region[] }>('/regions'),
    select: (body) => body.regions,
    staleTime: Infinity,
  })

/** The counties as options of a filter. */
export function regionOptions(
  regions: readonly Region[] | undefined,
  nameOf: (region: Region) => string,
): { value: string; text: string }[] {
  return (regions ?? [])
    .filter((region) => region.code.length === 6 && !region.code.endsWith('00'))
    .map((region) => ({ value: region.code, text: nameOf(region) }))
}
