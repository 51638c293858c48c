/** What a person chose for this browser: language, light or dark, sound. */
import { computed, reactive, ref, watch } from 'vue'

export type Language = 'zh-CN' | 'en'
export type ThemeChoice = 'auto' | 'light' | 'dark'

const KEY = 'qingshan.preferences'

interface Preferences {
  language: Language
  theme: ThemeChoice
  isSoundOn: boolean
}

/** The first language of the browser that is one of ours; Chinese for all others. */
export function languageOf(wanted: readonly string[]): Language {
  const first = wanted.find((tag) => /^(zh|en)\b/i.test(tag))
  return first !== undefined && /^en\b/i.test(first) ? 'en' : 'zh-CN'
}

function read(): Preferences {
  const language = languageOf(typeof navigator === 'undefined' ? [] : navigator.languages)
  const fallback: Preferences = { language, theme: 'auto', isSoundOn: false }
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}')
    if (typeof stored !== 'object' || stored === null) return fallback
    const values = stored as Partial<Preferences>
    return {
      language:
        values.language === 'en' || values.language === 'zh-CN' ? values.language : language,
      theme: values.theme === 'light' || values.theme === 'dark' ? values.theme : 'auto',
      isSoundOn: values.isSoundOn === true,
    }
  } catch {
    return fallback
  }
}

export const preferences = reactive(read())

const systemIsDark = ref(false)
if (typeof matchMedia === 'function') {
  const query = matchMedia('(prefers-color-scheme: dark)')
  systemIsDark.value = query.matches
  query.addEventListener('change', (event) => {
    systemIsDark.value = event.matches
  })
}

export const isDark = computed(() =>
  preferences.theme === 'auto' ? systemIsDark.value : preferences.theme === 'dark',
)

watch(
  preferences,
  (value) => {
    try {
      localStorage.setItem(KEY, JSON.stringify(value))
    } catch {
      // A browser that refuses storage keeps the choice for this visit only.
    }
  },
  { deep: true },
)
