/** Server data of the quarantine. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { getJson, sendJson } from '@/api/request'
import type { components } from '@/api/schema'

type Schemas = components['schemas']
export type Sender = Schemas['SenderBody']
export type Figures = Schemas['QuarantineFiguresBody']
export type BadFrames = Schemas['BadFramesRow']
export type Sample = Schemas['BadFrameSample']
export type QuarantinedPacket = Schemas['QuarantinedBody']
export type Proposal = Schemas['RegistrationProposalInner']
export type Registration = Schemas['RegistrationInput']

export const useSenders = () =>
  useQuery({
    queryKey: ['quarantine'],
    queryFn: () => getJson<{ senders: Sender[]; figures: Figures }>('/quarantine', { limit: 1000 }),
    refetchInterval: 10_000,
  })

export const useBadFrames = () =>
  useQuery({
    queryKey: ['bad-frames'],
    queryFn: () => getJson<{ bad_frames: BadFrames[] }>('/bad-frames'),
    select: (body) => body.bad_frames,
    refetchInterval: 10_000,
  })

export const useSamples = (of: MaybeRefOrGetter<{ peer: string; defect: string } | null>) =>
  useQuery({
    queryKey: computed(() => ['bad-frames', 'samples', toValue(of)]),
    queryFn: () =>
      getJson<{ samples: Sample[] }>('/bad-frames/samples', { ...toValue(of), limit: 20 }),
    select: (body) => body.samples,
    enabled: computed(() => toValue(of) !== null),
  })

const path = (mn: string): string => `/quarantine/${encodeURIComponent(mn)}`

export const useProposal = (mn: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: computed(() => ['quarantine', toValue(mn), 'proposal']),
    queryFn: () => getJson<{ proposal: Proposal }>(`${path(toValue(mn))}/proposal`),
    select: (body) => body.proposal,
    staleTime: Infinity,
  })

export const listPackets = (mn: string, after: string | undefined) =>
  getJson<{ packets: QuarantinedPacket[]; meta: { next?: string | null } }>(`${path(mn)}/packets`, {
    limit: 20,
    after,
  })

export const usePacket = (id: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: computed(() => ['quarantine', 'packet', toValue(id)]),
    queryFn: () => getJson<{ packet: QuarantinedPacket }>(`/quarantine-packets/${toValue(id)}`),
    select: (body) => body.packet,
    enabled: computed(() => toValue(id) !== ''),
  })

interface Place {
  id: number
  code: string
  name_zh: string
  name_en: string
}

export const useSiteChoices = () =>
  useQuery({
    queryKey: ['sites', 'choices'],
    queryFn: () => getJson<{ sites: Place[] }>('/sites', { limit: 1000 }),
    select: (body) => body.sites,
  })

export const usePointChoices = () =>
  useQuery({
    queryKey: ['points', 'choices'],
    queryFn: () =>
      getJson<{ points: (Place & { site_name_zh: string; site_name_en: string })[] }>('/points', {
        limit: 1000,
      }),
    select: (body) => body.points,
  })

function useChange<Input, Output>(change: (input: Input) => Promise<Output>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: change,
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({
          queryKey: ['quarantine'],
          // a proposal is made of kept packets, of which none may be left
          predicate: ({ queryKey }) => queryKey[2] !== 'proposal',
        }),
        client.invalidateQueries({ queryKey: ['bad-frames'] }),
      ]),
  })
}

export const useReplay = () =>
  useChange((mn: string) => sendJson<{ packets: number }>('POST', `${path(mn)}/replay`))
export const useHeed = () =>
  useChange((mn: string) => sendJson<unknown>('POST', `${path(mn)}/heed`))
export const useIgnore = () =>
  useChange(({ mn, note }: { mn: string; note: string }) =>
    sendJson<{ packets: number }>('POST', `${path(mn)}/ignore`, { note }),
  )
export const useRegister = () =>
  useChange(({ mn, input }: { mn: string; input: Registration }) =>
    sendJson<Schemas['RegistrationBody']>('POST', `${path(mn)}/registration`, input),
  )
export const discardSender = (mn: string) => sendJson<unknown>('POST', `${path(mn)}/discard`)
export const discardBadFrames = (of: { peer: string; defect: string }) =>
  sendJson<unknown>('POST', '/bad-frames/discard', of)
