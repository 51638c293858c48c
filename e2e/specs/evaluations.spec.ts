// Evaluations: a table is judged row by row and opened like a worked example; stored records are judged
// by other rules, and what would turn is named.
import type { Page } from '@playwright/test'
import { expect, test } from '../controls/fixtures.ts'
import { DESKTOP, PHONE, expectNoSidewaysScroll, prefer, settle } from '../controls/look.ts'

const TABLE = [
  '站点,时间,PM10,PM2.5',
  '甲,2020-04-02 05:00,69,43',
  '乙,2020-04-02 05:00,69,oops',
  '丙,2020-04-02 05:00,40,70',
].join('\n')

test('a pasted table is judged, opened step by step and saved', async ({ page, servers }) => {
  const server = await servers.startQuiet()
  await prefer(page, 'zh-CN')
  await page.goto(`${server.url}/evaluations`)
  await settle(page)
  await page.getByLabel('粘贴数据').fill(TABLE)
  await page.getByRole('button', { name: '评价', exact: true }).click()
  const results = page.getByRole('region', { name: '评价结果' }).getByRole('table')
  // HJ 633-2012: PM2.5 of 43 is (100 - 50) ÷ (75 - 35) × (43 - 35) + 50 = 60; of 70 it is 93.75, up to 94
  const first = results.getByRole('row').filter({ hasText: '甲' })
  await expect(first.getByRole('cell', { name: '60', exact: true })).toBeVisible()
  await expect(
    results
      .getByRole('row')
      .filter({ hasText: '丙' })
      .getByRole('cell', { name: '94', exact: true }),
  ).toBeVisible()

  await page.getByText('未能评价 1', { exact: true }).click()
  const problems = page.getByRole('region', { name: '未能评价' }).getByRole('table')
  await expect(problems.getByRole('row').filter({ hasText: 'oops' })).toContainText('不是数字')
  await page.getByText('已评价 2', { exact: true }).click()

  await page.getByRole('button', { name: '第 2 行的计算过程' }).click()
  const opened = page.getByRole('dialog')
  await expect(opened.getByText('(100 - 50) / (75 - 35) × (43 - 35) + 50 = 60')).toBeVisible()
  await expect(opened.getByText('HJ 633-2012', { exact: true })).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(opened).toBeHidden()

  // what would the edition of 2026 say of the same rows?
  await page.getByText('选项与假设').click()
  await page.getByLabel('按此日有效的标准版本').fill('2026-03-01')
  await page.getByRole('button', { name: '评价', exact: true }).click()
  await page.getByText('结论改变 2', { exact: true }).click()
  await expect(results.getByRole('row').filter({ hasText: '丙' })).toContainText('AQI：94 → 110')

  const saving = page.waitForEvent('download')
  await page.getByRole('button', { name: '下载 CSV' }).click()
  const saved = await saving
  expect(saved.suggestedFilename()).toBe('评价结果.csv')
})

/** Limits that no day of the city keeps. */
const STRICT = `[[override]]
table = "aqi-breakpoints"
edition = "HJ 633-2026"
key = "pm2_5.24h"
column = "concentration"
value = ["0", "1", "2", "3", "4", "5", "6", "7"]
author = "test"
date = "2026-03-01"
reason = "test"
`

async function simulate(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/evaluations?view=stored&rules_of=2026-03-02`)
  await settle(page)
  await page.getByLabel('其他取值（TOML）').fill(STRICT)
  await page.getByRole('button', { name: '开始试算' }).click()
}

test('what would turn stands on the map, and a mark lists its point alone', async ({
  city,
  page,
}) => {
  test.setTimeout(90_000)
  await city.awaitCity()
  await prefer(page, 'zh-CN')
  await simulate(page, city.url)
  const marks = page
    .getByRole('region', { name: '地图', exact: true })
    .getByRole('button', { name: /· 变差 \d+$/ })
  await expect(marks.first()).toHaveText('−')
  await expect(page.getByRole('list', { name: '图例' })).toContainText(/变差\s*\d+/)
  const label = (await marks.first().getAttribute('aria-label')) ?? ''
  const rows = page.getByRole('region', { name: '逐条清单' }).getByRole('table').getByRole('row')
  const all = await rows.count()
  await marks.first().press('Enter')
  await expect(marks.first()).toHaveAttribute('aria-pressed', 'true')
  await expect.poll(() => rows.count()).toBeLessThan(all)
  const [name = ''] = label.split(' · 变差')
  for (const row of (await rows.all()).slice(1)) await expect(row).toContainText(name)
  await page.getByRole('button', { name: '列出全部点位' }).click()
  await expect.poll(() => rows.count()).toBe(all)
  for (const size of [DESKTOP, PHONE]) {
    await page.setViewportSize(size)
    await expectNoSidewaysScroll(page)
  }
})

test.describe('without the positions of points', () => {
  test.use({ allowedErrors: [/403/] })

  test('the list stands, and the map says why it has no marks', async ({ city, page }) => {
    await city.awaitCity()
    await prefer(page, 'zh-CN')
    await page.route('**/api/v1/map/points', (route) => route.fulfill({ status: 403, body: '' }))
    await simulate(page, city.url)
    await expect(page.getByText('点位坐标未能取得')).toBeVisible()
    await expect(
      page.getByRole('region', { name: '逐条清单' }).getByRole('row').nth(1),
    ).toBeVisible()
  })
})

test.describe('a table with faults', () => {
  test.use({ allowedErrors: [/422/] })

  test('a table that cannot be judged says why, and a wrong limit stands at its field', async ({
    page,
    servers,
  }) => {
    const server = await servers.startQuiet()
    await prefer(page, 'zh-CN')
    await page.goto(`${server.url}/evaluations?medium=soil`)
    await settle(page)
    await page.getByLabel('粘贴数据').fill('样点,颜色\n甲,红')
    await page.getByRole('button', { name: '评价', exact: true }).click()
    await expect(page.getByRole('alert')).toContainText('没有可评价的列')
    await page.getByRole('button', { name: '填入示例' }).first().click()
    await page.getByText('选项与假设').click()
    await page.getByLabel('其他取值（TOML）').fill('[[override]]')
    await page.getByRole('button', { name: '评价', exact: true }).click()
    await expect(page.getByText('missing field `table`')).toBeVisible()
    await page.getByLabel('其他取值（TOML）').fill('')
    await page.getByRole('button', { name: '评价', exact: true }).click()
    const results = page.getByRole('region', { name: '评价结果' }).getByRole('table')
    await expect(results.getByRole('row').filter({ hasText: '模拟样点二' })).toContainText(
      '严格管控类',
    )
  })
})
