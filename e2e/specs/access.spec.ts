// Every page is read and used without eyes and without a mouse.
import type { Page } from '@playwright/test'
import { expectAccess } from '../controls/access.ts'
import { expect, test } from '../controls/fixtures.ts'
import { PATIENCE_MS, prefer, settle } from '../controls/look.ts'
import { AREAS } from '../pages/all-pages.ts'

/** A dialog of some pages, by the button that opens it. */
const DIALOGS = [
  ['/sites', '新建站点'],
  ['/sites/1/points/1', '新增限值'],
  ['/devices', '登记设备'],
  ['/devices/1', '下发指令'],
] as const

// the areas need nothing of each other: as many at a time as there are browsers
test.describe.configure({ mode: 'parallel' })

for (const [area, pages] of Object.entries(AREAS)) {
  test(`nothing stands in the way of assistive technology, light or dark: ${area}`, async ({
    city,
    page,
  }) => {
    test.setTimeout(pages.length * PATIENCE_MS)
    await city.awaitCity()
    await prefer(page, 'zh-CN', 'auto')
    for (const { path } of pages) {
      await test.step(path, async () => {
        await page.goto(`${city.url}${path}`)
        await settle(page)
        await expectAccessLightAndDark(page)
      })
    }
  })
}

for (const [path, button] of DIALOGS) {
  test(`the dialog ${button} stands in nobody's way`, async ({ city, page }) => {
    await city.awaitCity()
    await prefer(page, 'zh-CN', 'auto')
    await page.goto(`${city.url}${path}`)
    await settle(page)
    await page.getByRole('button', { name: button }).first().click()
    await expect(page.getByRole('form')).toBeVisible()
    await expectAccessLightAndDark(page)
  })
}

test('a new appearance is there at once when motion is not wanted', async ({ city, page }) => {
  await prefer(page, 'zh-CN', 'auto')
  await page.goto(`${city.url}/devices/1`)
  await settle(page)
  // nothing of the page may be on its way from one colour to the next
  const moving = await page.evaluate(() => {
    const root = document.documentElement
    root.dataset['theme'] = root.dataset['theme'] === 'dark' ? 'light' : 'dark'
    getComputedStyle(root).getPropertyValue('color')
    return document
      .getAnimations()
      .filter((one) => one instanceof CSSTransition)
      .map((one) => one.transitionProperty)
  })
  expect(moving).toEqual([])
})

async function expectAccessLightAndDark(page: Page): Promise<void> {
  for (const [theme, asked] of [
    ['light', 'everything'],
    ['dark', 'colours'],
  ] as const) {
    await page.emulateMedia({ colorScheme: theme })
    await expect(page.locator('html')).toHaveAttribute('data-theme', theme)
    await expectAccess(page, asked)
  }
}
