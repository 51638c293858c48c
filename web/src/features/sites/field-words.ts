/** The words for the fields of the register. */
import { useI18n } from 'vue-i18n'

export function useFieldWords() {
  const { t, te } = useI18n()
  return {
    labelOf: (field: string): string => {
      const key = `sites.field.${field}`
      return te(key) ? t(key) : field
    },
  }
}
