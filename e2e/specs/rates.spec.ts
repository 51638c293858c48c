// Rates from the county down to the hour, and their files.
import { expect, test } from '../controls/fixtures.ts'
import { prefer } from '../controls/look.ts'

test('rates open from the county to the enterprise, the point and the hours of a day', async ({
  city,
  page,
}) => {
  test.setTimeout(90_000)
  await city.awaitCity()
  await prefer(page, 'zh-CN')
  interface Rates {
    rates: { received_values: number }[]
  }
  // rates are computed by a job of its own
  await expect
    .poll(
      async () =>
        (await city.get<Rates>('/rates?level=all&period=month')).rates[0]?.received_values,
      { timeout: 60_000 },
    )
    .toBeGreaterThan(0)
  await page.goto(`${city.url}/rates`)
  await page.getByRole('button', { name: '衡南县', exact: true }).click()
  await expect(page).toHaveURL(/level=organisation/)
  await page.getByText('监测点', { exact: true }).click()
  await expect(page).toHaveURL(/level=point/)
  const cell = page.getByRole('button', { name: /^\d{4}-\d{2}-\d{2}：/ }).first()
  await cell.click()
  await expect(page).toHaveURL(/\/rates\/\d+\/\d{4}-\d{2}-\d{2}$/)
  await expect(page.getByRole('columnheader', { name: '23' })).toBeVisible()
  await expect(page.getByRole('heading', { name: '问题汇总' })).toBeVisible()
})

test('rates are downloaded as a workbook and as a table', async ({ city, page }) => {
  await city.awaitCity()
  await prefer(page, 'zh-CN')
  await page.goto(`${city.url}/rates`)
  for (const [name, suffix] of [
    ['XLSX 报表', /\.xlsx$/],
    ['CSV 明细', /\.csv$/],
  ] as const) {
    const waiting = page.waitForEvent('download')
    await page.getByRole('link', { name }).click()
    const download = await waiting
    expect(download.suggestedFilename()).toMatch(suffix)
    expect(await download.failure()).toBeNull()
  }
})
