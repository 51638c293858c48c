/** Gathers every `<feature>.i18n.json` under its own name. */

interface Texts {
  [key: string]: string | Texts
}

interface TextFile {
  'zh-CN': Texts
  en: Texts
}

const files = import.meta.glob<TextFile>(['../**/*.i18n.json'], { eager: true, import: 'default' })

/** `alarms.i18n.json` becomes `alarms.…` in both languages. */
export function collectMessages(): { 'zh-CN': Texts; en: Texts } {
  const messages: { 'zh-CN': Texts; en: Texts } = { 'zh-CN': {}, en: {} }
  for (const [path, file] of Object.entries(files)) {
    const name = /([^/]+)\.i18n\.json$/.exec(path)?.[1]
    if (name === undefined) continue
    messages['zh-CN'][name] = file['zh-CN']
    messages.en[name] = file.en
  }
  return messages
}
