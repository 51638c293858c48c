/** An alarm in one sentence of the present language. */
import { useI18n } from 'vue-i18n'
import { formatDecimal } from '@/shared/decimal'
import { capitalise, formatUnit, useNames } from '@/shared/format/use-names'
import type { AlarmSummary } from './model'

export function useAlarmWords() {
  const { t, te } = useI18n()
  const { nameOf } = useNames()
  const wordOf = (list: string, code: string): string =>
    te(`alarms.${list}.${code}`) ? t(`alarms.${list}.${code}`) : code

  const placeOf = (alarm: AlarmSummary): string => {
    const site = nameOf({ name_zh: alarm.site_name_zh, name_en: alarm.site_name_en })
    const point = nameOf({ name_zh: alarm.point_name_zh, name_en: alarm.point_name_en })
    return [site, point].filter(Boolean).join(' · ') || t('alarms.platform')
  }
  const whatOf = (alarm: AlarmSummary): string => {
    const factor = nameOf({ name_zh: alarm.factor_name_zh, name_en: alarm.factor_name_en })
    return capitalise(
      [factor || alarm.factor_code, wordOf('kind', alarm.kind)].filter(Boolean).join(' '),
    )
  }
  const figureOf = (alarm: AlarmSummary): string => {
    if (alarm.value === null) return ''
    const value = `${formatDecimal(alarm.value)} ${formatUnit(alarm.unit)}`.trim()
    return alarm.limit_value === null
      ? value
      : t('alarms.value_against', { value, limit: formatDecimal(alarm.limit_value) })
  }
  return { wordOf, placeOf, whatOf, figureOf }
}
