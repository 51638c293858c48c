/** The points that a form lets choose from, each under its site. */
import { computed } from 'vue'
import { usePointChoices } from '@/features/sites'
import { useNames } from '@/shared/format/use-names'

export function usePointChoice() {
  const { nameOf } = useNames()
  const points = usePointChoices()
  const choices = computed(() =>
    (points.data.value ?? []).map((point) => ({
      value: String(point.id),
      text: `${nameOf({ name_zh: point.site_name_zh, name_en: point.site_name_en })} · ${nameOf(point)}`,
      hint: point.code,
    })),
  )
  /** The point of somebody who has one only; empty for all others. */
  const only = computed(() => (choices.value.length === 1 ? (choices.value[0]?.value ?? '') : ''))
  const mediumOf = (id: string): string =>
    points.data.value?.find((one) => String(one.id) === id)?.medium ?? ''
  return { points, choices, only, mediumOf }
}
