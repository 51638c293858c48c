/** Columns and verdicts of evaluations in words. */
import { useI18n } from 'vue-i18n'
import { inEnglish } from './english-words'
import type { EvaluationColumn, EvaluationRow } from './model'

type Change = EvaluationRow['changes'][number]

export function useEvaluationWords() {
  const { t, te, locale } = useI18n()
  const titleOf = (column: EvaluationColumn): string => {
    const key = `evaluations.column.${column.key}`
    return locale.value === 'en' && te(key) ? t(key) : column.name_zh
  }
  /** A verdict; the standards' Chinese terms stay where there is no word for them. */
  const wordsOf = (value: string | null | undefined): string => {
    if (value == null || value === '') return '—'
    return locale.value === 'en' ? inEnglish(value) : value
  }
  const changeOf = (columns: readonly EvaluationColumn[], change: Change): string => {
    const column = columns.find(({ key }) => key === change.column)
    const name = column === undefined ? change.column : titleOf(column)
    return t('evaluations.change', {
      name,
      from: wordsOf(change.from),
      to: wordsOf(change.to),
    })
  }
  return { titleOf, wordsOf, changeOf }
}
