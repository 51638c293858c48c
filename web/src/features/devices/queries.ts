/** Server data of data loggers. */
import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { getJson, sendJson, withQuery } from '@/api/request'
import type { components } from '@/api/schema'
import { useLiveBatch } from '@/shared/live/use-live'

export type Device = components['schemas']['DeviceBody']
export type Channel = components['schemas']['ChannelBody']

export interface DeviceFilter {
  q?: string
  region?: string
  online?: string
  site?: string
  point?: string
}

export const listDevices = (filter: DeviceFilter, after: string | undefined) =>
  getJson<{ devices: Device[]; meta: { next?: string | null } }>('/devices', {
    ...filter,
    after,
    limit: 50,
  })

export const loadDevice = (id: string | number): Promise<Device> =>
  getJson<{ device: Device }>(`/devices/${id}`).then((body) => body.device)

export const useDevice = (id: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: computed(() => ['device', toValue(id)]),
    queryFn: () => loadDevice(toValue(id)),
    refetchInterval: 5_000,
  })

/** A device that comes or goes is seen at once. */
export function useLivePresence(): void {
  const client = useQueryClient()
  useLiveBatch('device', () => {
    void client.invalidateQueries({ queryKey: ['devices'] })
    void client.invalidateQueries({ queryKey: ['device'] })
  })
}

export function saveDevice(body: object, id: number | null): Promise<Device> {
  const sent =
    id === null
      ? sendJson<{ device: Device }>('POST', '/devices', body)
      : sendJson<{ device: Device }>('PUT', `/devices/${id}`, body)
  return sent.then((answer) => answer.device)
}

/** Another device takes the place of this one from `valid_from` on. */
export const replaceDevice = (id: number, body: object): Promise<Device> =>
  sendJson<{ device: Device }>('POST', `/devices/${id}/replacement`, body).then(
    (answer) => answer.device,
  )

export const removeDevice = (device: Device): Promise<unknown> =>
  sendJson('DELETE', withQuery(`/devices/${device.id}`, { revision: device.revision }))
