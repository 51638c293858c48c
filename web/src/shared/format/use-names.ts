/** Names and enumerations in the present language. */
import { useI18n } from 'vue-i18n'

interface Named {
  name_zh: string
  name_en: string
}

/** An English name at the beginning of a line; `pH` and `n-hexane` stay as they are. */
export const capitalise = (name: string): string =>
  /^[a-z]{2,}(?![A-Za-z])/.test(name) ? name.charAt(0).toUpperCase() + name.slice(1) : name

/** Somebody by the name of the account: what stands before it tells people from parts of the platform. */
export const personOf = (actor: string): string => actor.replace(/^user:/, '')

export function useNames() {
  const { locale, t, te } = useI18n()
  return {
    /** A thing's name in the present language. */
    nameOf: (thing: Named): string =>
      locale.value === 'en'
        ? capitalise(thing.name_en || thing.name_zh)
        : thing.name_zh || thing.name_en,
    /** Who did something: a person's name, or the part of the platform in words. */
    actorOf: (actor: string): string => {
      const [, person] = /^import:(.+)$/.exec(actor) ?? []
      if (person !== undefined) return t('shared.actor.of_table', { person })
      const [, part] = /^system:(.+)$/.exec(actor) ?? []
      if (part === undefined) return personOf(actor)
      return te(`shared.actor.${part}`) ? t(`shared.actor.${part}`) : t('shared.actor.system')
    },
    /** Words that stand beside each other, as the present language separates them. */
    listOf: (words: readonly string[]): string => words.join(t('shared.punctuation.list')),
    /** Words with a second thought in brackets. */
    withAside: (words: string, aside: string): string =>
      t('shared.punctuation.aside', { words, aside }),
    /** A code of a closed list in words; an unknown code is shown as it is. */
    wordOf: (list: string, code: string | null | undefined): string => {
      if (!code) return '—'
      const key = `shared.${list}.${code}`
      return te(key) ? t(key) : code
    },
  }
}

const UNITS: Record<string, string> = {
  'ug/m3': 'µg/m³',
  'mg/m3': 'mg/m³',
  'ng/m3': 'ng/m³',
  'm3/s': 'm³/s',
  'm3/h': 'm³/h',
  m3: 'm³',
  'ug/L': 'µg/L',
  'uS/cm': 'µS/cm',
  degC: '°C',
  '1': '',
}

/** A unit code as people write it. */
export function formatUnit(unit: string | null | undefined): string {
  if (!unit) return ''
  return UNITS[unit] ?? unit
}
