/** Server data of forwarding. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { type MaybeRefOrGetter, computed, toValue } from 'vue'
import { getJson, sendJson } from '@/api/request'
import type { Failure, MappedDevice, Target, TargetInput } from './model'

/** States and lags are looked at so often. */
const LIVE_MS = 2_000

interface OneTarget {
  target: Target
}

interface DevicesBody {
  devices: MappedDevice[]
  meta: { next?: string | null }
}

interface FailuresBody {
  failures: Failure[]
  meta: { next?: string | null }
}

export interface DeviceChange {
  device_id: number
  is_enabled: boolean
  superior_mn: string | null
  password?: string
  revision: number
}

export const useTargets = () =>
  useQuery({
    queryKey: ['forwarding', 'targets'],
    queryFn: () => getJson<{ targets: Target[] }>('/forwarding-targets'),
    select: (body) => body.targets,
    refetchInterval: LIVE_MS,
  })

export const useTarget = (id: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: computed(() => ['forwarding', 'target', toValue(id)]),
    queryFn: () => getJson<OneTarget>(`/forwarding-targets/${toValue(id)}`),
    select: (body) => body.target,
    refetchInterval: LIVE_MS,
  })

export const loadTarget = async (id: number): Promise<Target> =>
  (await getJson<OneTarget>(`/forwarding-targets/${id}`)).target

export const listDevices = (id: string, q: string, after?: string) =>
  getJson<DevicesBody>(`/forwarding-targets/${id}/devices`, { q, after, limit: 50 })

export const listFailures = (id: string, after?: string) =>
  getJson<FailuresBody>(`/forwarding-targets/${id}/failures`, { after, limit: 50 })

/** Sends a change and has all of forwarding read anew. */
function useChange<Input, Output>(change: (input: Input) => Promise<Output>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: change,
    onSettled: () => client.invalidateQueries({ queryKey: ['forwarding'] }),
  })
}

export const useSaveTarget = () =>
  useChange(async ({ id, input }: { id: number | null; input: TargetInput }) => {
    const path = id === null ? '/forwarding-targets' : `/forwarding-targets/${id}`
    return (await sendJson<OneTarget>(id === null ? 'POST' : 'PUT', path, input)).target
  })

export const useSaveDevice = (target: MaybeRefOrGetter<string>) =>
  useChange(async ({ device_id, ...input }: DeviceChange) => {
    const path = `/forwarding-targets/${toValue(target)}/devices/${device_id}`
    return (await sendJson<OneTarget>('PUT', path, input)).target
  })

export const useResetDevice = (target: MaybeRefOrGetter<string>) =>
  useChange(({ device_id, revision }: { device_id: number; revision: number }) =>
    sendJson<OneTarget>(
      'DELETE',
      `/forwarding-targets/${toValue(target)}/devices/${device_id}?revision=${revision}`,
    ),
  )

export const useResend = (target: MaybeRefOrGetter<string>) =>
  useChange((packets: string[] | null) =>
    sendJson<{ packets: number }>(
      'POST',
      `/forwarding-targets/${toValue(target)}/failures/resend`,
      {
        packets,
      },
    ),
  )
