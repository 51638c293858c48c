// Evaluations: a table is judged row by row and opened like a worked example; stored records are judged
// by other rules, and what would turn is named.
import type { Page } from '@playwright/test'
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

/** Two months of a river, a row that cannot be judged, one that names no river. */
const RIVERS = [
  '河流,断面,日期,氨氮',
  '蒸水,一,2026-01-05,0.2',
  '蒸水,二,2026-01-05,1.4',
  '蒸水,一,2026-02-05,0.2',
  '蒸水,二,2026-02-05,oops',
  ',三,2026-02-05,0.2',
].join('\n')

test('rows that belong together are summed up, opened and saved, on desk and phone', async ({
  page,
  servers,
}) => {
  const server = await servers.startQuiet()
  await prefer(page, 'zh-CN', 'auto')
  await page.goto(`${server.url}/evaluations?medium=water`)
  await settle(page)
  await page.getByLabel('粘贴数据').fill(RIVERS)
  await page.getByRole('button', { name: '评价', exact: true }).click()
  const summary = page.getByRole('region', { name: '汇总', exact: true })
  const rivers = summary.getByRole('table')
  // (0.2 + 1.4) / 2 = 0.8 is class Ⅲ, 0.2 class Ⅱ
  await expect(rivers.getByRole('row').filter({ hasText: '2026-01' })).toContainText('良好')
  const later = rivers.getByRole('row').filter({ hasText: '2026-02' })
  await expect(later).toContainText('有所好转')
  await expect(later).toContainText('1（另有 1 行未参与）')

  await summary.getByRole('button', { name: '河流、流域水质 · 蒸水 · 2026-02 的计算过程' }).click()
  const opened = page.getByRole('dialog')
  await expect(opened.getByText('水质状况由良好变为优，相差 1 个级别：有所好转。')).toBeVisible()
  await expect(opened.getByText('环办〔2011〕22号', { exact: true })).toBeVisible()
  await expect(opened.getByText('含待核实参数')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(opened).toBeHidden()

  await summary.getByText('2 行未参与汇总，逐行说明').click()
  await expect(summary.getByText('第 5 行 蒸水 2026-02：该行未能评价，见问题')).toBeVisible()
  await expect(summary.getByText(/第 6 行.*没有河流、湖库或城市名称/)).toBeVisible()
  const saving = page.waitForEvent('download')
  await summary.getByRole('button', { name: '下载汇总 CSV' }).click()
  expect((await saving).suggestedFilename()).toBe('汇总.csv')

  await page.getByText('选项与假设').click()
  await page.getByLabel('汇总时段').selectOption('year')
  await page.getByRole('button', { name: '评价', exact: true }).click()
  await expect(rivers.getByRole('row').filter({ hasText: '蒸水' })).toHaveCount(1)
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme })
    for (const size of [DESKTOP, PHONE]) {
      await page.setViewportSize(size)
      await summary.scrollIntoViewIfNeeded()
      await expectNoSidewaysScroll(page)
      await expectTranslated(page)
      await keepLook(page, `evaluations-summary-${theme}-${size.width}`)
    }
  }
})

test('a summary is told in English', async ({ page, servers }) => {
  const server = await servers.startQuiet()
  await prefer(page, 'en')
  await page.goto(`${server.url}/evaluations?medium=water`)
  await settle(page)
  await page.getByLabel('Pasted data').fill(RIVERS)
  await page.getByRole('button', { name: 'Evaluate', exact: true }).click()
  const summary = page.getByRole('region', { name: 'Summary', exact: true })
  await expect(summary.getByRole('row').filter({ hasText: '2026-02' })).toContainText(
    'somewhat better',
  )
  await summary
    .getByRole('button', { name: /^Calculation of River or basin · 蒸水 · 2026-02/ })
    .click()
  await expect(
    page.getByRole('dialog').getByText('The state was good, it is excellent', { exact: false }),
  ).toBeVisible()
})
