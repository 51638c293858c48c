/** The errors of a problem at the fields they are about. */
import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { useI18n } from 'vue-i18n'
import { ApiProblem, type FieldProblem } from '@/api/problem'

/** `/name_zh` and `name_zh` are the same field. */
export const fieldOf = (problem: FieldProblem): string => problem.pointer.replace(/^\//, '')

export function useFieldErrors(error: MaybeRefOrGetter<unknown>) {
  const { locale } = useI18n()
  const problems = computed<FieldProblem[]>(() => {
    const failed = toValue(error)
    return failed instanceof ApiProblem ? failed.errors : []
  })
  const wordsOf = (problem: FieldProblem): string =>
    locale.value === 'en' ? problem.detail : problem.detailZh || problem.detail
  return {
    /** What is wrong with a field, in the present language. */
    errorOf: (field: string): string | null => {
      const found = problems.value.find((problem) => fieldOf(problem) === field)
      return found === undefined ? null : wordsOf(found)
    },
    wordsOf,
  }
}
