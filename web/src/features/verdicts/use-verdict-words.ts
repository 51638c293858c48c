/** Verdicts in words. */
import { useI18n } from 'vue-i18n'
import { useNames } from '@/shared/format/use-names'
import { formatDay, formatDateTime } from '@/shared/time'
import type { Outcome } from './model'

export function useVerdictWords() {
  const { t, locale } = useI18n()
  const { nameOf, listOf } = useNames()
  const gradeOf = (outcome: Outcome): string =>
    locale.value === 'en' ? outcome.grade_en : outcome.grade_zh
  /** Level, class, kept or not, or why there is none. */
  const wordOf = (outcome: Outcome | null | undefined): string => {
    if (outcome == null) return t('verdicts.none')
    if (outcome.state !== 'given') return t(`verdicts.state.${outcome.state}`)
    if (outcome.grade != null) return gradeOf(outcome)
    if (outcome.is_attained == null) return t('verdicts.given')
    return t(outcome.is_attained ? 'verdicts.within' : 'verdicts.over')
  }
  /** The same with the index before it. */
  const figureOf = (outcome: Outcome | null | undefined): string =>
    outcome?.figure == null ? wordOf(outcome) : `AQI ${String(outcome.figure)} · ${wordOf(outcome)}`
  const decidingOf = (outcome: Outcome): string => listOf(outcome.deciding.map(nameOf))
  /** The period's start as people write it. */
  const periodOf = (kind: string, time: string): string => {
    if (kind === 'hour') return formatDateTime(time)
    const day = formatDay(time)
    if (kind === 'month') return day.slice(0, 7)
    return kind === 'year' ? day.slice(0, 4) : day
  }
  return { wordOf, figureOf, decidingOf, periodOf, gradeOf }
}
