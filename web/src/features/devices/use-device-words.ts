/** Devices in words. */
import { useI18n } from 'vue-i18n'
import { useFieldWords, useProtocolCodes } from '@/features/sites'
import { useNames } from '@/shared/format/use-names'
import { formatDateTime } from '@/shared/time'
import type { Channel, Device } from './queries'
import { SYSTEM_TYPES, deviations, readQuirks } from './quirks'

export function useDeviceWords() {
  const { t, te } = useI18n()
  const { nameOf, wordOf, withAside } = useNames()
  const { labelOf } = useFieldWords()
  const { nameOfFactor } = useProtocolCodes()
  const quirkWord = (name: string, value: string): string => {
    const key = `devices.quirk.${name}.${value}`
    return te(key) ? t(key) : value
  }
  return {
    labelOf: (field: string): string =>
      te(`devices.field.${field}`) ? t(`devices.field.${field}`) : labelOf(field),
    quirkWord,
    withAside,
    /** What differs from the standard, each in words. */
    quirksOf: (kept: unknown): string[] =>
      deviations(readQuirks(kept)).map(([name, value]) =>
        t('shared.punctuation.named', {
          name: t(`devices.quirks.${name}`),
          value: quirkWord(name, value),
        }),
      ),
    systemType: (code: string): string =>
      SYSTEM_TYPES.some((known) => known === code) ? t(`devices.system.${code}`) : code,
    editionOf: (device: Device): string => wordOf('edition', device.edition),
    factorOf: (channel: Channel): string =>
      channel.factor_code ? nameOfFactor(channel.factor_code) : t('devices.all_factors'),
    placeOf: (channel: Channel): string =>
      channel.point
        ? `${nameOf({ name_zh: channel.point.site_name_zh, name_en: channel.point.site_name_en })} · ${nameOf(channel.point)}`
        : t('devices.hidden_point'),
    periodOf: (thing: { valid_from?: string | null; valid_to?: string | null }): string => {
      if (!thing.valid_from && !thing.valid_to) return t('devices.always')
      const to = thing.valid_to ? formatDateTime(thing.valid_to) : t('devices.until_further')
      return `${thing.valid_from ? formatDateTime(thing.valid_from) : '…'} – ${to}`
    },
  }
}
