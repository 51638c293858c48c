// Every page opens in both languages, on a desk and on a phone, light and dark, without a complaint.
import type { Page } from '@playwright/test'
import { expect, test } from '../controls/fixtures.ts'
import {
  DESKTOP,
  PATIENCE_MS,
  PHONE,
  expectNoSidewaysScroll,
  expectTranslated,
  keepLook,
  prefer,
  settle,
} from '../controls/look.ts'
import { AREAS } from '../pages/all-pages.ts'

const LANGUAGES = ['zh-CN', 'en'] as const
const SIZES = [DESKTOP, PHONE] as const
const THEMES = ['light', 'dark'] as const

/**
 * What a page shows fits on a desk and on a telephone, light and dark, and all of it is words. The
 * appearance changes while the page stands; it moves nothing, so that each is measured once.
 */
async function expectGoodLook(page: Page, name: string): Promise<void> {
  const isKept = process.env['LOOK_FOLDER'] !== undefined
  for (const [place, size] of SIZES.entries()) {
    await page.setViewportSize(size)
    for (const theme of isKept ? THEMES : THEMES.slice(place, place + 1)) {
      await page.emulateMedia({ colorScheme: theme })
      await expect(page.locator('html')).toHaveAttribute('data-theme', theme)
      await settle(page)
      await expectNoSidewaysScroll(page)
      await keepLook(page, `${name}-${size.width}-${theme}`)
    }
  }
  await expectTranslated(page)
}

// the areas need nothing of each other: as many at a time as there are browsers
test.describe.configure({ mode: 'parallel' })

for (const [area, pages] of Object.entries(AREAS)) {
  for (const language of LANGUAGES) {
    test(`opens every page, ${language}: ${area}`, async ({ city, page }) => {
      test.setTimeout(pages.length * PATIENCE_MS)
      await city.awaitCity()
      await prefer(page, language, 'auto')
      for (const { path, zh, en } of pages) {
        await test.step(path, async () => {
          await page.goto(`${city.url}${path}`)
          await settle(page)
          const heading = language === 'en' ? en : zh
          if (heading !== '')
            await expect(page.getByRole('heading', { level: 1 })).toContainText(heading)
          await expectGoodLook(page, `city-${language}-${path}`)
        })
      }
    })

    test(`says on every list of an empty database what is missing, ${language}: ${area}`, async ({
      empty,
      page,
    }) => {
      test.setTimeout(pages.length * PATIENCE_MS)
      await prefer(page, language, 'auto')
      for (const { path } of pages.filter((one) => !/\/\d+$/.test(one.path))) {
        await test.step(path, async () => {
          await page.goto(`${empty.url}${path}`)
          await settle(page)
          await expectGoodLook(page, `empty-${language}-${path}`)
        })
      }
    })
  }
}

test.describe('a first visit', () => {
  for (const [locale, heading] of [
    ['en-GB', 'Overview'],
    ['zh-CN', '总览'],
  ] as const) {
    test.describe(locale, () => {
      test.use({ locale, colorScheme: 'dark' })

      test('speaks the language of the browser and takes its colours', async ({ empty, page }) => {
        await page.goto(empty.url)
        await expect(page.getByRole('heading', { level: 1 })).toContainText(heading)
        await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
      })
    })
  }
})

test.describe('without an answer from the server', () => {
  test.use({ allowedErrors: [/Failed to load resource/] })

  for (const [area, pages] of Object.entries(AREAS)) {
    test(`says so on every page and offers to try again: ${area}`, async ({ city, page }) => {
      test.setTimeout(pages.length * PATIENCE_MS)
      await prefer(page, 'zh-CN')
      // a refusal is not tried again by itself, so that every page says at once what it says
      await page.route('**/api/v1/**', (route) =>
        route.fulfill({
          status: 403,
          contentType: 'application/problem+json',
          body: JSON.stringify({ type: '', title: 'Forbidden', status: 403, code: 'forbidden' }),
        }),
      )
      for (const { path } of pages.filter((one) => one.isStatic !== true)) {
        await test.step(path, async () => {
          await page.goto(`${city.url}${path}`)
          await expect(page.getByRole('alert').first()).toBeVisible()
          await expect(page.getByRole('button', { name: '重试' }).first()).toBeVisible()
          await expectNoSidewaysScroll(page)
          await expectTranslated(page)
          await keepLook(page, `error-${path}`)
        })
      }
    })
  }
})
