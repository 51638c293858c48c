/** Server data of points. */
import { useQuery } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { getJson, withQuery } from '@/api/request'
import { toRfc3339 } from '@/shared/time'
import type {
  DataRecord,
  Difference,
  ImportSource,
  MapPoint,
  PointDetail,
  PointSummary,
  Series,
} from './model'

export const useMapPoints = () =>
  useQuery({
    queryKey: ['map-points'],
    queryFn: () => getJson<{ points: MapPoint[] }>('/map/points'),
    select: (body) => body.points,
    refetchInterval: 60_000,
  })

export interface PointFilter {
  region?: string
  medium?: string
  state?: string
  site?: string
  q?: string
}

export const listPoints = (filter: PointFilter, after: string | undefined) =>
  getJson<{ points: PointSummary[]; meta: { next: string | null } }>('/points', {
    ...filter,
    after,
  })

export const usePoint = (id: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: computed(() => ['point', toValue(id)]),
    queryFn: () => getJson<{ point: PointDetail }>(`/points/${toValue(id)}`),
    select: (body) => body.point,
    refetchInterval: 30_000,
  })

export const useImportSource = (
  point: MaybeRefOrGetter<string>,
  of: MaybeRefOrGetter<{ import_id: string; kind: string; time: string }>,
) =>
  useQuery({
    queryKey: computed(() => ['import-source', toValue(point), toValue(of)]),
    queryFn: () =>
      getJson<{ import_source: ImportSource }>(
        `/points/${toValue(point)}/import-source`,
        toValue(of),
      ),
    select: (body) => body.import_source,
  })

export interface SeriesRequest {
  kind: string
  factors: string[]
  from: number
  to: number
  layer: string
  /** As known at this instant; today when absent. */
  known?: number | null
}

const knownAt = (known: number | null | undefined): string | undefined =>
  known == null ? undefined : toRfc3339(known)

const seriesQuery = (request: SeriesRequest) => ({
  kind: request.kind,
  factor: request.factors,
  from: toRfc3339(request.from),
  to: toRfc3339(request.to),
  layer: request.layer,
  known_at: knownAt(request.known),
})

export const useSeries = (id: MaybeRefOrGetter<string>, request: MaybeRefOrGetter<SeriesRequest>) =>
  useQuery({
    queryKey: computed(() => ['series', toValue(id), toValue(request)]),
    queryFn: () =>
      getJson<{ series: Series }>(`/points/${toValue(id)}/series`, {
        ...seriesQuery(toValue(request)),
        max_points: 2000,
      }),
    select: (body) => body.series,
    enabled: computed(() => toValue(request).factors.length > 0),
    placeholderData: (before) => before,
  })

export const seriesCsvUrl = (id: string, request: SeriesRequest): string =>
  withQuery(`/api/v1/points/${id}/series.csv`, seriesQuery(request))

/** The address of the evidence for what a chart shows: of one factor, or of all. */
export const evidenceUrl = (id: string, request: SeriesRequest): string =>
  withQuery(`/api/v1/points/${id}/evidence.zip`, {
    kind: request.kind,
    factor: request.factors.length === 1 ? request.factors[0] : undefined,
    from: toRfc3339(request.from),
    to: toRfc3339(request.to),
  })

export const listRecords = (
  id: string,
  request: Omit<SeriesRequest, 'factors' | 'layer'>,
  after: string | undefined,
) =>
  getJson<{ records: DataRecord[]; meta: { next: string | null } }>(`/points/${id}/records`, {
    kind: request.kind,
    from: toRfc3339(request.from),
    to: toRfc3339(request.to),
    known_at: knownAt(request.known),
    // a day of hours: what stands below the list is not out of reach
    limit: 24,
    after,
  })

export const listDifferences = (
  id: string,
  request: SeriesRequest,
  known: number,
  after: string | undefined,
) =>
  getJson<{ differences: Difference[]; meta: { next: string | null } }>(
    `/points/${id}/differences`,
    { ...seriesQuery({ ...request, known }), limit: 50, after },
  )
