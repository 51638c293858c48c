// Every page opens in both languages, on a desk and on a phone, light and dark, without a complaint.
import { expect, test } from '../controls/fixtures.ts'
import {
  DESKTOP,
  PHONE,
  expectNoSidewaysScroll,
  expectTranslated,
  keepLook,
  prefer,
  settle,
} from '../controls/look.ts'
import { ALL_PAGES } from '../pages/all-pages.ts'

const LOOKS = [
  { name: 'desk, Chinese, light', size: DESKTOP, language: 'zh-CN', theme: 'light' },
  { name: 'desk, English, dark', size: DESKTOP, language: 'en', theme: 'dark' },
  { name: 'phone, Chinese, dark', size: PHONE, language: 'zh-CN', theme: 'dark' },
] as const

for (const look of LOOKS) {
  test.describe(look.name, () => {
    test.use({ viewport: look.size })

    test('opens every page', async ({ city, page }) => {
      test.setTimeout(150_000)
      await city.awaitCity()
      await prefer(page, look.language, look.theme)
      for (const { path, zh, en } of ALL_PAGES) {
        await test.step(path, async () => {
          await page.goto(`${city.url}${path}`)
          await settle(page)
          const heading = look.language === 'en' ? en : zh
          if (heading !== '')
            await expect(page.getByRole('heading', { level: 1 })).toContainText(heading)
          await expect(page.locator('html')).toHaveAttribute('data-theme', look.theme)
          await expectNoSidewaysScroll(page)
          await expectTranslated(page)
          await keepLook(page, `city-${look.language}-${look.size.width}-${look.theme}-${path}`)
        })
      }
    })

    test('says on every list of an empty database what is missing', async ({ empty, page }) => {
      test.setTimeout(120_000)
      await prefer(page, look.language, look.theme)
      for (const { path } of ALL_PAGES.filter((one) => !/\/\d+$/.test(one.path))) {
        await test.step(path, async () => {
          await page.goto(`${empty.url}${path}`)
          await settle(page)
          await expectNoSidewaysScroll(page)
          await expectTranslated(page)
          await keepLook(page, `empty-${look.language}-${look.size.width}-${look.theme}-${path}`)
        })
      }
    })
  })
}

test.describe('without an answer from the server', () => {
  test.use({ allowedErrors: [/Failed to load resource/] })

  test('says so on every page and offers to try again', async ({ city, page }) => {
    test.setTimeout(120_000)
    await prefer(page, 'zh-CN')
    // a refusal is not tried again by itself, so that every page says at once what it says
    await page.route('**/api/v1/**', (route) =>
      route.fulfill({
        status: 403,
        contentType: 'application/problem+json',
        body: JSON.stringify({ type: '', title: 'Forbidden', status: 403, code: 'forbidden' }),
      }),
    )
    for (const { path } of ALL_PAGES.filter((one) => one.isStatic !== true)) {
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
})
