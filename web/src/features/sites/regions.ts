/** The region tree and the closed lists of the register. */
import { useQuery } from '@tanstack/vue-query'
import { getJson } from '@/api/request'
import type { components } from '@/api/schema'

export type Region = components['schemas']['RegionBody']

export const MEDIA = ['waste_gas', 'waste_water', 'air', 'surface_water', 'noise'] as const
/** All media a point can watch; the first five are those of nearly every city. */
export const ALL_MEDIA = [
  ...MEDIA,
  'dust',
  'groundwater',
  'soil',
  'voc',
  'sea',
  'vibration',
  'radiation',
  'production',
  'other',
] as const
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
export const ORGANISATION_KINDS = ['enterprise', 'operator', 'bureau', 'other'] as const
export const POINT_STATES = [
  'normal',
  'alarm',
  'warning',
  'fault',
  'maintenance',
  'offline',
  'stale',
  'disabled',
] as const

interface RegionsBody {
  regions: Region[]
  meta: { next?: string | null }
}

/** A city down to its grids has thousands: page after page. */
async function loadRegions(): Promise<Region[]> {
  const regions: Region[] = []
  let after: string | null | undefined
  do {
    const page = await getJson<RegionsBody>('/regions', { limit: 1000, after })
    regions.push(...page.regions)
    after = page.meta.next
  } while (after)
  return regions
}

export const useRegions = () =>
  useQuery({ queryKey: ['regions'], queryFn: loadRegions, staleTime: Infinity })

/** The counties as options of a filter. */
export function regionOptions(
  regions: readonly Region[] | undefined,
  nameOf: (region: Region) => string,
): { value: string; text: string }[] {
  return (regions ?? [])
    .filter((region) => region.code.length === 6 && !region.code.endsWith('00'))
    .map((region) => ({ value: region.code, text: nameOf(region) }))
}

/** A region with those above it, from the top: 衡阳市 · 石鼓区 · … */
export function regionPath(regions: readonly Region[] | undefined, code: string): Region[] {
  const byCode = new Map((regions ?? []).map((region) => [region.code, region]))
  const path: Region[] = []
  let next = byCode.get(code)
  while (next !== undefined && path.length < 8) {
    path.unshift(next)
    next = next.parent_code ? byCode.get(next.parent_code) : undefined
  }
  return path
}

/** A line of the tree that is shown. */
export interface TreeLine {
  region: Region
  depth: number
  hasChildren: boolean
  isOpen: boolean
}

/** The lines of the tree with some regions open, in the order of their codes. */
export function treeLines(regions: readonly Region[], open: ReadonlySet<string>): TreeLine[] {
  const codes = new Set(regions.map((region) => region.code))
  const children = new Map<string, Region[]>()
  for (const region of regions) {
    // a region whose parent lies outside what one may see stands at the top
    const parent = region.parent_code && codes.has(region.parent_code) ? region.parent_code : ''
    children.set(parent, [...(children.get(parent) ?? []), region])
  }
  const lines: TreeLine[] = []
  const visit = (parent: string, depth: number): void => {
    for (const region of children.get(parent) ?? []) {
      const hasChildren = children.has(region.code)
      const isOpen = hasChildren && open.has(region.code)
      lines.push({ region, depth, hasChildren, isOpen })
      if (isOpen) visit(region.code, depth + 1)
    }
  }
  visit('', 0)
  return lines
}
