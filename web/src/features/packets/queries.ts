/** Server data of raw packets. */
import { useQuery } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { getJson, withQuery } from '@/api/request'
import type { components } from '@/api/schema'
import { parseInstant, toRfc3339 } from '@/shared/time'

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

/** The address of the evidence for one record: the packets of its time and what proves them. */
export function evidenceUrl(record: { point_id: number; kind: string; time: string }): string {
  const time = parseInstant(record.time) ?? 0
  return withQuery(`/api/v1/points/${record.point_id}/evidence.zip`, {
    kind: record.kind,
    from: toRfc3339(time),
    to: toRfc3339(time + 1000),
  })
}
