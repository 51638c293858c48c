// The pages of the register and of devices are read and used without eyes and without a mouse.
import { AxeBuilder } from '@axe-core/playwright'
import { expect, test } from '../controls/fixtures.ts'
import { prefer, settle } from '../controls/look.ts'

const PAGES = [
  '/sites',
  '/sites/1',
  '/sites/1/points/1',
  '/organisations',
  '/regions?region=430407',
  '/site-files',
  '/devices',
  '/devices/1',
  '/commands',
] as const
/** A dialog of some of them, by the button that opens it. */
const DIALOGS = [
  ['/sites', '新建站点'],
  ['/sites/1/points/1', '新增限值'],
  ['/devices', '登记设备'],
  ['/devices/1', '下发指令'],
] as const

for (const theme of ['light', 'dark'] as const) {
  test(`nothing stands in the way of assistive technology, ${theme}`, async ({ city, page }) => {
    test.setTimeout(180_000)
    await prefer(page, 'zh-CN', theme)
    // looked at again for a while: what stands for a moment while live values are drawn is no fault
    const check = (): Promise<void> =>
      expect(async () => {
        const { violations } = await new AxeBuilder({ page })
          .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'])
          // the map's own canvas and buttons belong to its library
          .exclude('.maplibregl-map')
          .analyze()
        expect(
          violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`),
        ).toEqual([])
      }).toPass({ timeout: 15_000 })
    for (const path of PAGES) {
      await test.step(path, async () => {
        await page.goto(`${city.url}${path}`)
        await settle(page)
        await check()
      })
    }
    for (const [path, button] of DIALOGS) {
      await test.step(`${path} ${button}`, async () => {
        await page.goto(`${city.url}${path}`)
        await settle(page)
        await page.getByRole('button', { name: button }).first().click()
        await expect(page.getByRole('form')).toBeVisible()
        await check()
      })
    }
  })
}
