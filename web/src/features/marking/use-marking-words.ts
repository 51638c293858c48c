/** Codes, places and people of markings in the present language. */
import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { useNames } from '@/shared/format/use-names'
import { describeDuration } from '@/shared/time'
import { LEFT_TONES, timeLeft, type Marking, type Place } from './model'
import { useMarkingCodes } from './queries'

export function useMarkingWords() {
  const { t } = useI18n()
  const { nameOf } = useNames()
  const query = useMarkingCodes()
  const codes = computed(() => query.data.value ?? [])
  const siteOf = (place: Place): string =>
    nameOf({ name_zh: place.site_name_zh, name_en: place.site_name_en })
  const pointOf = (place: Place): string =>
    nameOf({ name_zh: place.point_name_zh, name_en: place.point_name_en })
  return {
    codes,
    codeName: (code: string): string => {
      const found = codes.value.find((one) => one.code === code)
      return found === undefined ? code : nameOf(found)
    },
    siteOf,
    pointOf,
    placeOf: (place: Place): string => `${siteOf(place)} · ${pointOf(place)}`,
    factorOf: (marking: Pick<Marking, 'factor_code' | 'factor_name_zh' | 'factor_name_en'>) =>
      marking.factor_code == null
        ? t('marking.all_factors')
        : nameOf({
            name_zh: marking.factor_name_zh ?? marking.factor_code,
            name_en: marking.factor_name_en ?? marking.factor_code,
          }),
    /** The time left in words, with its tone. */
    leftOf: (due: string | null | undefined, now: number) => {
      const { left, ms } = timeLeft(due, now)
      const length = describeDuration(ms, t)
      return { tone: LEFT_TONES[left], text: t(`marking.left.${left}`, { length }) }
    },
  }
}
