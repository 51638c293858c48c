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

function read(): Preferences {
  const fallback: Preferences = { language: 'zh-CN', theme: 'auto', isSoundOn: false }
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}')
    if (typeof stored !== 'object' || stored === null) return fallback
    const values = stored as Partial<Preferences>
    return {
      language: values.language === 'en' ? 'en' : 'zh-CN',
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
