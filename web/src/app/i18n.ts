/** Chinese first, English complete; the texts lie beside their features. */
import { createI18n } from 'vue-i18n'
import { collectMessages } from '@/shared/texts'
import { preferences } from '@/shared/preferences'

export const i18n = createI18n({
  legacy: false,
  locale: preferences.language,
  fallbackLocale: 'zh-CN',
  messages: collectMessages(),
})
