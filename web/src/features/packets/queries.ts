/** Server data of raw packets. */
import { useQuery } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { getJson } from '@/api/request'
import type { components } from '@/api/schema'

export type PacketSummary = components['schemas']['PacketSummary']
export type PacketDetail = components['schemas']['PacketDetail']
export type ExplainedPacket = components['schemas']['ExplainedPacket']

interface PacketFilter {
  mn?: string
  command?: string
  from?: string
  to?: string
}

export const listPackets = (filter: PacketFilter, after: string | undefined) =>
  getJson<{ packets: PacketSummary[]; meta: { next?: string | null } }>('/packets', {
    ...filter,
    after,
    limit: 50,
  })

export const usePacket = (id: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: computed(() => ['packet', toValue(id)]),
    queryFn: () => getJson<{ packet: PacketDetail }>(`/packets/${toValue(id)}`),
    select: (body) => body.packet,
  })
