// Every page is read and used without eyes and without a mouse.
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { expect, test } from '../controls/fixtures.ts'
import { prefer, settle } from '../controls/look.ts'
import { ALL_PAGES } from '../pages/all-pages.ts'

/** A dialog of some pages, by the button that opens it. */
const DIALOGS = [
  ['/sites', '新建站点'],
  ['/sites/1/points/1', '新增限值'],
  ['/devices', '登记设备'],
  ['/devices/1', '下发指令'],
] as const

test('nothing stands in the way of assistive technology, light or dark', async ({ city, page }) => {
  test.setTimeout(600_000)
  await city.awaitCity()
  await prefer(page, 'zh-CN', 'auto')
  for (const { path } of ALL_PAGES) {
    await test.step(path, async () => {
      await page.goto(`${city.url}${path}`)
      await settle(page)
      await expectAccess(page)
    })
  }
  for (const [path, button] of DIALOGS) {
    await test.step(`${path} ${button}`, async () => {
      await page.goto(`${city.url}${path}`)
      await settle(page)
      await page.getByRole('button', { name: button }).first().click()
      await expect(page.getByRole('form')).toBeVisible()
      await expectAccess(page)
    })
  }
})

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

/** In the dark a page is the same but for its colours: only what colours can break is asked again. */
async function expectAccess(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await expect(page.locator('html')).toHaveAttribute('data-theme', colorScheme)
    // the map's own canvas and buttons belong to its library
    const builder = new AxeBuilder({ page }).exclude('.maplibregl-map')
    const { violations } = await (
      colorScheme === 'light'
        ? builder.withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'])
        : builder.withRules(['color-contrast'])
    ).analyze()
    expect(
      violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`),
    ).toEqual([])
  }
}
