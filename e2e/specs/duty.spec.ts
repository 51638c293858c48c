// The desk of a duty officer: an alarm from its packets to its close, the shift, the report.
import { expect, test } from '../controls/fixtures.ts'
import { prefer } from '../controls/look.ts'
import { FACTORS, NITROGEN_OXIDES_LIMIT, SITE_ZH } from '../controls/register.ts'

test('an exceedance becomes an alarm that opens with its place and the basis of its limit', async ({
  city,
  logger,
  page,
}) => {
  await prefer(page, 'zh-CN')
  await page.goto(`${city.url}/points/${logger.pointId}`)
  await expect(page.getByRole('heading', { level: 1 })).toContainText(logger.outlet.nameZh)
  // three values in a row over the limit, as the rule orders; a record that lacks a factor would
  // wait for its other parts
  const now = Date.now()
  const values = {
    [FACTORS.nitrogenOxides]: '68.2',
    [FACTORS.sulfurDioxide]: '12.0',
    [FACTORS.dust]: '3.1',
  }
  for (const before of [120_000, 60_000, 0]) await logger.device.sendRealtime(values, now - before)
  await expect(page.getByRole('heading', { level: 1 })).toContainText('报警')

  await page.getByRole('link', { name: '报警记录' }).click()
  const row = page.getByRole('row').filter({ hasText: '超上限' })
  await expect(row).toContainText(`68.2 mg/m³（限值 ${NITROGEN_OXIDES_LIMIT}）`)
  await row.getByRole('link').click()
  await expect(page.getByRole('heading', { level: 1 })).toContainText('超上限')
  await expect(page.locator('main')).toContainText(SITE_ZH)
  await expect(page.locator('main')).toContainText('模拟许可限值')
})

test('the desk is taken and written in', async ({ servers, page }) => {
  test.setTimeout(60_000)
  const server = await servers.startEmpty()
  await prefer(page, 'zh-CN')
  await page.goto(`${server.url}/duty`)
  await page.getByLabel('值班员').fill('张明')
  await page.getByRole('button', { name: '开始当班' }).click()
  await expect(page.getByRole('heading', { name: '当班：张明' })).toBeVisible()

  await page.getByLabel('新记录').fill('14:20 致电企业，答复正在检修')
  await page.getByRole('button', { name: '记录' }).click()
  await expect(page.getByRole('listitem').filter({ hasText: '答复正在检修' })).toBeVisible()
})

test('the daily report gives yesterday with its exceedances as a workbook', async ({
  city,
  page,
}) => {
  await city.awaitCity()
  await prefer(page, 'zh-CN')
  await page.goto(`${city.url}/duty/report`)
  await expect(page.getByRole('heading', { level: 1 })).toContainText('自动监控值班日报')
  await expect(page.getByText('负责人签字：')).toBeVisible()
  const waiting = page.waitForEvent('download')
  await page.getByRole('link', { name: '下载 XLSX' }).click()
  const download = await waiting
  expect(download.suggestedFilename()).toMatch(/\.xlsx$/)
  expect(await download.failure()).toBeNull()
})
