/** A target in words: at least, at most, down by, keep, class. */
import { useI18n } from 'vue-i18n'
import { formatDecimal } from '@/shared/decimal'

interface Target {
  target: string
  unit: string
  meaning: string
}

export function useTargetWords() {
  const { t } = useI18n()
  return {
    targetOf: (one: Target): string =>
      t(`plan.meaning.${one.meaning}`, { target: formatDecimal(one.target), unit: one.unit }),
  }
}
