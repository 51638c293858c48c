/** Server data of commands. */
import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { getJson, sendJson } from '@/api/request'
import type { components } from '@/api/schema'
import { isEnded, type Command, type CommandKind, type CommandStep } from './model'

export interface CommandFilter {
  device?: string
  state?: string
  command?: string
}

interface CommandsBody {
  commands: Command[]
  meta: { next?: string | null }
}

export interface CommandAnswer {
  command: Command
  steps: CommandStep[]
}

export const listCommands = (filter: CommandFilter, after: string | undefined, limit = 50) =>
  getJson<CommandsBody>('/commands', { ...filter, after, limit })

/** The newest commands to a device, looked at often while one is under way. */
export const useRecentCommands = (device: MaybeRefOrGetter<number>, limit: number) =>
  useQuery({
    queryKey: computed(() => ['commands', 'recent', toValue(device), limit]),
    queryFn: () => listCommands({ device: String(toValue(device)) }, undefined, limit),
    select: (body) => body.commands,
    refetchInterval: (query) =>
      query.state.data?.commands.every(isEnded) === true ? 15_000 : 1_500,
  })

/** A command with its course, looked at every second until it has ended. */
export const useCommand = (id: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: computed(() => ['command', toValue(id)]),
    queryFn: () => getJson<CommandAnswer>(`/commands/${toValue(id)}`),
    refetchInterval: (query) =>
      query.state.data !== undefined && isEnded(query.state.data.command) ? false : 1_000,
  })

export const useCommandKinds = () =>
  useQuery({
    queryKey: ['command-kinds'],
    queryFn: () => getJson<{ command_kinds: CommandKind[] }>('/command-kinds'),
    select: (body) => body.command_kinds,
    staleTime: Infinity,
  })

export interface NewCommand {
  id: string
  command: string
  parameters: Record<string, string | number>
  secret?: string
  expires_after_s: number
}

export function useCommandChange() {
  const client = useQueryClient()
  const refresh = () =>
    Promise.all(['command', 'commands'].map((key) => client.invalidateQueries({ queryKey: [key] })))
  return {
    send: async (device: number, command: NewCommand): Promise<Command> => {
      const answer = await sendJson<CommandAnswer>('POST', `/devices/${device}/commands`, command)
      await refresh()
      return answer.command
    },
    cancel: async (id: string): Promise<void> => {
      try {
        await sendJson('POST', `/commands/${id}/cancel`)
      } finally {
        await refresh()
      }
    },
  }
}

type Device = components['schemas']['DeviceBody']

/** Devices to choose from. */
export const useDeviceChoices = (isWanted: MaybeRefOrGetter<boolean>) =>
  useQuery({
    queryKey: ['devices', 'choices'],
    queryFn: async () => {
      const all: Device[] = []
      let after: string | null | undefined
      do {
        const page = await getJson<{ devices: Device[]; meta: { next?: string | null } }>(
          '/devices',
          { limit: 1000, after },
        )
        all.push(...page.devices)
        after = page.meta.next
      } while (after)
      return all
    },
    enabled: computed(() => toValue(isWanted)),
    staleTime: 30_000,
  })

/** The factors a device sends: those of the points it serves now. */
export const useDeviceFactors = (device: MaybeRefOrGetter<number | null>) =>
  useQuery({
    queryKey: computed(() => ['device', toValue(device), 'factors']),
    queryFn: async () => {
      const answer = await getJson<{ device: Device }>(`/devices/${toValue(device)}`)
      const points = [...new Set(answer.device.channels.map((channel) => channel.point_id))]
      const lists = await Promise.all(
        points.slice(0, 30).map((id) =>
          getJson<{ factors: { factor_code: string }[] }>(`/points/${id}/factors`).catch(() => ({
            factors: [],
          })),
        ),
      )
      const codes = lists.flatMap((list) => list.factors.map((factor) => factor.factor_code))
      return [...new Set(codes)]
    },
    enabled: computed(() => toValue(device) !== null),
    staleTime: 60_000,
  })
