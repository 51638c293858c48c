/** Server data of alarm rules. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { getJson, sendJson } from '@/api/request'
import type { AlarmRule, Backtest, RuleDefinition } from './model'

export const useRules = () =>
  useQuery({
    queryKey: ['alarm-rules'],
    queryFn: () => getJson<{ alarm_rules: AlarmRule[] }>('/alarm-rules'),
    select: (body) => body.alarm_rules,
  })

export const useRuleVersions = (id: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: computed(() => ['alarm-rules', toValue(id)]),
    queryFn: () => getJson<{ alarm_rules: AlarmRule[] }>(`/alarm-rules/${toValue(id)}/versions`),
    select: (body) => body.alarm_rules,
  })

interface RuleChange {
  definition: RuleDefinition
  is_enabled: boolean
  reason: string
}

function useRuleChange<T>(change: (input: T) => Promise<{ alarm_rule: AlarmRule }>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: change,
    onSuccess: () => client.invalidateQueries({ queryKey: ['alarm-rules'] }),
  })
}

export const useUpdateRule = () =>
  useRuleChange((input: RuleChange & { id: number; version: number }) => {
    const { id, ...change } = input
    return sendJson('PUT', `/alarm-rules/${id}`, change)
  })

export const useCreateRule = () =>
  useRuleChange((input: RuleChange) => sendJson('POST', '/alarm-rules', input))

export const useBacktest = () =>
  useMutation({
    mutationFn: (input: {
      definition: RuleDefinition
      rule_id: number
      from: string
      to: string
    }) => sendJson<{ backtest: Backtest }>('POST', '/alarm-rules/backtest', input),
  })
