/** Server data of markings and manual samples. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { getJson, sendJson, withQuery } from '@/api/request'
import type { components } from '@/api/schema'
import { uploadFile } from '@/api/upload'
import { useSeekList } from '@/shared/use-seek-list'
import type {
  Awaiting,
  Calculation,
  Layers,
  Marking,
  MarkingCode,
  MarkingFile,
  Owed,
  ReviewOutcome,
  Sample,
  SampleImport,
} from './model'

interface Meta {
  next?: string | null
}
type NewMarking = components['schemas']['NewMarkingBody']
type NewSample = components['schemas']['NewManualSample']
type Review = components['schemas']['ReviewBody']
type Reviews = components['schemas']['ReviewsBody']

export const useMarkingCodes = () =>
  useQuery({
    queryKey: ['marking', 'codes'],
    queryFn: () => getJson<{ marking_codes: MarkingCode[] }>('/marking-codes'),
    select: (body) => body.marking_codes,
    staleTime: Infinity,
  })

interface Factor {
  factor_code: string
  name_zh: string
  name_en: string
  unit: string
}

/** What a point measures; nothing while none is chosen. */
export const usePointFactors = (point: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: computed(() => ['marking', 'factors', toValue(point)]),
    queryFn: () => getJson<{ point: { factors: Factor[] } }>(`/points/${toValue(point)}`),
    select: (body) => body.point.factors,
    enabled: computed(() => toValue(point) !== ''),
    staleTime: 60_000,
  })

export const useAwaiting = () =>
  useSeekList({
    key: ['marking', 'awaiting'],
    load: (after) =>
      getJson<{ awaiting: Awaiting[]; since: string; meta: Meta }>('/markings/awaiting', { after }),
    items: (page) => page.awaiting,
    refetchMs: 60_000,
  })

export interface MarkingFilter {
  state?: string | readonly string[]
  code?: string
  region?: string
  site_id?: string
  point_id?: string
  from?: string
  to?: string
  order?: string
}

export const useMarkings = (filter: MaybeRefOrGetter<MarkingFilter>) =>
  useSeekList({
    key: computed(() => ['marking', 'list', toValue(filter)]),
    load: (after) =>
      getJson<{ markings: Marking[]; meta: Meta }>('/markings', { ...toValue(filter), after }),
    items: (page) => page.markings,
    refetchMs: 30_000,
  })

/** Markings of one time of a point: what rests on it can say so. */
export const useMarkingsOf = (filter: MaybeRefOrGetter<MarkingFilter>, enabled: () => boolean) =>
  useQuery({
    queryKey: computed(() => ['marking', 'of', toValue(filter)]),
    queryFn: () => getJson<{ markings: Marking[] }>('/markings', { ...toValue(filter) }),
    select: (body) => body.markings,
    enabled: computed(enabled),
  })

export const loadMarking = async (id: string): Promise<Marking> =>
  (await getJson<{ marking: Marking }>(`/markings/${id}`)).marking

export const useMarking = (id: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: computed(() => ['marking', 'one', toValue(id)]),
    queryFn: () => loadMarking(toValue(id)),
  })

export const useMarkingFiles = (id: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: computed(() => ['marking', 'files', toValue(id)]),
    queryFn: () => getJson<{ marking_files: MarkingFile[] }>(`/markings/${toValue(id)}/files`),
    select: (body) => body.marking_files,
  })

export const fileUrl = (id: string): string => `/api/v1/marking-files/${id}`

export interface LayerRequest {
  kind: string
  factor?: string
  from: string
  to: string
}

export const useLayers = (
  point: MaybeRefOrGetter<number>,
  request: MaybeRefOrGetter<LayerRequest>,
) =>
  useQuery({
    queryKey: computed(() => ['marking', 'layers', toValue(point), toValue(request)]),
    queryFn: () => getJson<Layers>(`/points/${toValue(point)}/layers`, { ...toValue(request) }),
    enabled: computed(() => toValue(request).from !== ''),
    placeholderData: (before) => before,
  })

export const useSubstitute = (
  id: MaybeRefOrGetter<string>,
  asked: MaybeRefOrGetter<{ factor: string; method: string; since: string }>,
) =>
  useQuery({
    queryKey: computed(() => ['marking', 'substitute', toValue(id), toValue(asked)]),
    queryFn: () =>
      getJson<{ calculation: Calculation }>(`/markings/${toValue(id)}/substitute`, {
        ...toValue(asked),
      }),
    select: (body) => body.calculation,
    enabled: computed(() => {
      const { factor, method } = toValue(asked)
      return factor !== '' && method !== '' && method !== 'stated'
    }),
    staleTime: 0,
  })

/** Whatever is done to a marking changes lists, values and what is owed. */
function useMarkingChange<I, O>(change: (input: I) => Promise<O>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: change,
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ['marking'] }),
        client.invalidateQueries({ queryKey: ['series'] }),
        client.invalidateQueries({ queryKey: ['changes'] }),
      ]),
  })
}

export const useSubmitMarking = () =>
  useMarkingChange((body: NewMarking) => sendJson<{ marking: Marking }>('POST', '/markings', body))

export const useAttachFile = () =>
  useMarkingChange(({ id, file }: { id: string; file: File }) =>
    uploadFile<{ marking_file: MarkingFile }>(
      withQuery(`/markings/${id}/files`, { name: file.name }),
      file,
      () => undefined,
    ),
  )

export const useWithdrawMarking = () =>
  useMarkingChange(({ id, revision, reason }: { id: string; revision: number; reason: string }) =>
    sendJson('POST', `/markings/${id}/withdraw`, { revision, reason }),
  )

export const useReviewMarking = () =>
  useMarkingChange(({ id, body }: { id: string; body: Review }) =>
    sendJson<{ marking: Marking }>('POST', `/markings/${id}/review`, body),
  )

export const useReviewMany = () =>
  useMarkingChange((body: Reviews) =>
    sendJson<{ outcomes: ReviewOutcome[] }>('POST', '/marking-reviews', body),
  )

export const useSamples = (filter: MaybeRefOrGetter<Record<string, string>>) =>
  useSeekList({
    key: computed(() => ['marking', 'samples', toValue(filter)]),
    load: (after) =>
      getJson<{ manual_samples: Sample[]; meta: Meta }>('/manual-samples', {
        ...toValue(filter),
        after,
      }),
    items: (page) => page.manual_samples,
  })

export const useOwed = () =>
  useQuery({
    queryKey: ['marking', 'owed'],
    queryFn: () => getJson<{ owed: Owed[]; basis: string }>('/manual-samples/owed'),
    refetchInterval: 60_000,
  })

export const useCreateSample = () =>
  useMarkingChange((body: NewSample) =>
    sendJson<{ manual_sample: Sample }>('POST', '/manual-samples', body),
  )

export const useWithdrawSample = () =>
  useMarkingChange(({ id, reason }: { id: string; reason: string }) =>
    sendJson('POST', `/manual-samples/${id}/withdraw`, { reason }),
  )

export const useImportSamples = () =>
  useMarkingChange(({ file, isTrial }: { file: File; isTrial: boolean }) =>
    uploadFile<{ import: SampleImport }>(
      withQuery('/manual-samples/import', { dry_run: isTrial }),
      file,
      () => undefined,
    ),
  )
