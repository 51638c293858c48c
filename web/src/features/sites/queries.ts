/** Server data of the register. */
import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { getJson, sendJson, withQuery } from '@/api/request'
import type { components } from '@/api/schema'

type Schemas = components['schemas']
export type Site = Schemas['SiteBody']
export type SiteSummary = Schemas['SiteSummary']
export type Organisation = Schemas['OrganisationBody']
export type PointSettings = Schemas['PointSettingsBody']
export type Factor = Schemas['FactorSettingsBody']
export type Limit = Schemas['LimitSettingsBody']
export type Device = Schemas['DeviceBody']
type RegionSettings = Schemas['RegionBody']
type Meta = { next?: string | null }

export interface SiteFilter {
  q?: string
  region?: string
  kind?: string
  medium?: string
  state?: string
  organisation?: string
}

export const listSites = (filter: SiteFilter, after: string | undefined) =>
  getJson<{ sites: SiteSummary[]; meta: Meta }>('/sites', { ...filter, after, limit: 50 })

/** The address of a file with the sites that are listed. */
export const exportUrl = (format: 'xlsx' | 'csv', filter: SiteFilter = {}): string =>
  withQuery('/api/v1/site-files/export', { format, ...filter })

export const templateUrl = (format: 'xlsx' | 'csv'): string =>
  withQuery('/api/v1/site-files/template', { format })

export interface OrganisationFilter {
  q?: string
  kind?: string
  region?: string
}

export const listOrganisations = (
  filter: OrganisationFilter,
  after: string | undefined,
  limit = 50,
) =>
  getJson<{ organisations: Organisation[]; meta: Meta }>('/organisations', {
    ...filter,
    after,
    limit,
  })

export const useOrganisationChoices = () =>
  useQuery({
    queryKey: ['organisations', 'choices'],
    queryFn: () => listOrganisations({}, undefined, 1000),
    select: (body) => body.organisations,
  })

const loadSite = (id: string | number) =>
  getJson<{ site: Site }>(`/sites/${id}`).then((body) => body.site)

export const useSite = (id: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: computed(() => ['site', toValue(id)]),
    queryFn: () => loadSite(toValue(id)),
  })

export const useSitePoints = (id: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: computed(() => ['site', toValue(id), 'points']),
    queryFn: () => getJson<{ points: PointSettings[] }>(`/sites/${toValue(id)}/points`),
    select: (body) => body.points,
    enabled: computed(() => toValue(id) !== ''),
  })

/** The states of a site's points. */
export const useSiteStates = (id: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: computed(() => ['points', 'of-site', toValue(id)]),
    queryFn: () =>
      getJson<{ points: { id: number; state: string }[] }>('/points', {
        site: toValue(id),
        limit: 1000,
      }),
    select: (body) => new Map(body.points.map((point) => [point.id, point.state])),
    refetchInterval: 30_000,
  })

const loadPoint = (id: string | number) =>
  getJson<{ point: PointSettings }>(`/points/${id}/settings`).then((body) => body.point)

export const usePointSettings = (id: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: computed(() => ['point', toValue(id), 'settings']),
    queryFn: () => loadPoint(toValue(id)),
    enabled: computed(() => toValue(id) !== ''),
  })

const loadFactors = (id: string | number) =>
  getJson<{ factors: Factor[] }>(`/points/${id}/factors`).then((body) => body.factors)
const loadLimits = (id: string | number) =>
  getJson<{ limits: Limit[] }>(`/points/${id}/limits`).then((body) => body.limits)

export const useFactors = (id: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: computed(() => ['point', toValue(id), 'factors']),
    queryFn: () => loadFactors(toValue(id)),
  })

export const useLimits = (id: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: computed(() => ['point', toValue(id), 'limits']),
    queryFn: () => loadLimits(toValue(id)),
  })

/** The devices that serve or served a site or a point. */
export const useServingDevices = (of: 'site' | 'point', id: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: computed(() => ['devices', of, toValue(id)]),
    queryFn: () => getJson<{ devices: Device[] }>('/devices', { [of]: toValue(id), limit: 200 }),
    select: (body) => body.devices,
    refetchInterval: 30_000,
  })

/** Everything that a change of the register can make old. */
export function useRefresh(): () => Promise<unknown> {
  const client = useQueryClient()
  const keys = ['sites', 'site', 'organisations', 'regions', 'point', 'points', 'devices', 'device']
  return () =>
    Promise.all(
      [...keys, 'map-points', 'changes', 'overview'].map((key) =>
        client.invalidateQueries({ queryKey: [key] }),
      ),
    )
}

/** Sends a thing: created when there is none yet, changed on its revision otherwise. */
function save<T>(create: string, change: string | null, name: string, body: object): Promise<T> {
  const sent =
    change === null
      ? sendJson<Record<string, T>>('POST', create, body)
      : sendJson<Record<string, T>>('PUT', change, body)
  return sent.then((answer) => answer[name] as T)
}

const remove = (path: string, revision: number): Promise<unknown> =>
  sendJson('DELETE', withQuery(path, { revision }))

export const registry = {
  saveSite: (body: object, id: number | null) =>
    save<Site>('/sites', id === null ? null : `/sites/${id}`, 'site', body),
  loadSite,
  removeSite: (site: Site) => remove(`/sites/${site.id}`, site.revision),
  saveRegion: (body: object, code: string | null) =>
    save<RegionSettings>('/regions', code === null ? null : `/regions/${code}`, 'region', body),
  loadRegion: (code: string) =>
    getJson<{ region: RegionSettings }>(`/regions/${code}`).then((body) => body.region),
  removeRegion: (region: RegionSettings) => remove(`/regions/${region.code}`, region.revision),
  saveOrganisation: (body: object, id: number | null) =>
    save<Organisation>(
      '/organisations',
      id === null ? null : `/organisations/${id}`,
      'organisation',
      body,
    ),
  loadOrganisation: (id: number) =>
    getJson<{ organisation: Organisation }>(`/organisations/${id}`).then(
      (body) => body.organisation,
    ),
  removeOrganisation: (one: Organisation) => remove(`/organisations/${one.id}`, one.revision),
  savePoint: (siteId: string, body: object, id: number | null) =>
    save<PointSettings>(
      `/sites/${siteId}/points`,
      id === null ? null : `/points/${id}`,
      'point',
      body,
    ),
  loadPoint,
  removePoint: (point: PointSettings) => remove(`/points/${point.id}`, point.revision),
  saveFactor: (pointId: string, body: object, id: number | null) =>
    save<Factor>(
      `/points/${pointId}/factors`,
      id === null ? null : `/factors/${id}`,
      'factor',
      body,
    ),
  /** What is kept of a factor now. */
  reloadFactor: async (factor: Factor): Promise<Factor> =>
    (await loadFactors(factor.point_id)).find(({ id }) => id === factor.id) ?? factor,
  removeFactor: (factor: Factor) => remove(`/factors/${factor.id}`, factor.revision),
  saveLimit: (pointId: string, body: object, id: number | null) =>
    save<Limit>(`/points/${pointId}/limits`, id === null ? null : `/limits/${id}`, 'limit', body),
  /** What is kept of a limit now. */
  reloadLimit: async (limit: Limit): Promise<Limit> =>
    (await loadLimits(limit.point_id)).find(({ id }) => id === limit.id) ?? limit,
  removeLimit: (limit: Limit) => remove(`/limits/${limit.id}`, limit.revision),
}

interface PointChoice {
  id: number
  site_name_zh: string
  site_name_en: string
  code: string
  medium: string
  name_zh: string
  name_en: string
}

/** Every site one may see, to choose from. */
export const useSiteChoices = () =>
  useQuery({
    queryKey: ['sites', 'to-choose'],
    queryFn: async () => {
      const all: SiteSummary[] = []
      let after: string | null | undefined
      do {
        const page = await getJson<{ sites: SiteSummary[]; meta: Meta }>('/sites', {
          limit: 1000,
          after,
        })
        all.push(...page.sites)
        after = page.meta.next
      } while (after)
      return all
    },
    staleTime: 60_000,
  })

/** Every point one may see, to choose from. */
export const usePointChoices = () =>
  useQuery({
    queryKey: ['points', 'to-choose'],
    queryFn: async () => {
      const all: PointChoice[] = []
      let after: string | null | undefined
      do {
        const page = await getJson<{ points: PointChoice[]; meta: Meta }>('/points', {
          limit: 1000,
          after,
        })
        all.push(...page.points)
        after = page.meta.next
      } while (after)
      return all
    },
    staleTime: 60_000,
  })
