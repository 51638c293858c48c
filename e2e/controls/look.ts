/** How a page must look whatever it shows: nothing cut off, nothing untranslated. */
import { readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Page, expect } from '@playwright/test'

export const DESKTOP = { width: 1440, height: 900 } as const
export const PHONE = { width: 390, height: 844 } as const
/** What one page may take to be opened and looked at, on a machine with much else to do. */
export const PATIENCE_MS = 30_000

/** Chooses language and appearance before the page is opened. */
export async function prefer(
  page: Page,
  language: 'zh-CN' | 'en',
  theme: 'light' | 'dark' | 'auto' = 'light',
): Promise<void> {
  await page.addInitScript(
    ([chosenLanguage, chosenTheme]) => {
      if (sessionStorage.getItem('preferred') !== null) return
      sessionStorage.setItem('preferred', 'once')
      localStorage.setItem(
        'qingshan.preferences',
        JSON.stringify({ language: chosenLanguage, theme: chosenTheme, isSoundOn: false }),
      )
    },
    [language, theme] as const,
  )
}

/** Waits until nothing on the page is loading. */
export async function settle(page: Page): Promise<void> {
  await expect(page.locator('main')).not.toBeEmpty()
  await expect(page.locator('main .skeleton')).toHaveCount(0)
}

/** Nothing reaches beyond the side of the screen, once charts have taken their new size. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const measure = (): Promise<string[]> =>
    page.evaluate(() => {
      const width = document.documentElement.clientWidth
      const main = document.querySelector('main')
      const found = document.documentElement.scrollWidth > width ? ['the document'] : []
      if (main !== null && main.scrollWidth > main.clientWidth) found.push('main')
      return found
    })
  await expect.poll(measure, { message: 'wider than the screen' }).toEqual([])
}

/** What keys of texts begin with: the features, and what they share. */
const NAMESPACES = [
  'shared',
  ...readdirSync(resolve(import.meta.dirname, '../../web/src/features')),
].join('|')
// a table of the plan's files, `[[assessment.…]]`, and the name of such a file are no keys
const KEY = new RegExp(`(?<![-[])\\b(?:${NAMESPACES})\\.[a-z_]+[a-z0-9_.]*`, 'g')

/** No key of a text stands where the text should. */
export async function expectTranslated(page: Page): Promise<void> {
  const text = await page.locator('body').innerText()
  expect(text.match(KEY) ?? []).toEqual([])
  expect(text).not.toMatch(/\b(undefined|NaN|null|\[object Object\])\b/)
}

/** A picture for somebody to look at, when `LOOK_FOLDER` says where. */
export async function keepLook(page: Page, name: string): Promise<void> {
  const folder = process.env['LOOK_FOLDER']
  if (folder === undefined) return
  await page.screenshot({ path: `${folder}/${name.replace(/[^a-z0-9-]+/gi, '_')}.png` })
}
