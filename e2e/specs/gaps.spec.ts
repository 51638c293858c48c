// What is missing is listed with its reason and can be asked for again.
import { expect, test } from '../controls/fixtures.ts'
import { prefer } from '../controls/look.ts'

test('gaps are listed by group and kind, and asked for again', async ({ city, page }) => {
  test.setTimeout(120_000)
  await city.awaitCity()
  await prefer(page, 'zh-CN')
  await page.goto(`${city.url}/gaps`)
  await page.getByRole('button', { name: /待补/ }).click()
  await expect(page).toHaveURL(/group=missing/)
  await page.getByRole('combobox', { name: '数据类型' }).selectOption({ label: '小时' })
  await expect(page).toHaveURL(/kind=hour/)
  // the city's loggers have two days of hours; those before are missing
  const ask = page.getByRole('button', { name: '重新请求' })
  const rows = page.getByRole('table').getByRole('row').filter({ hasText: '小时', has: ask })
  await expect(rows.first()).toBeVisible()
  const answered = page.waitForResponse(
    (response) => response.url().includes('/request') && response.request().method() === 'POST',
  )
  await rows.first().getByRole('button').click()
  expect((await answered).status()).toBe(200)
  await page.getByRole('button', { name: /已补齐/ }).click()
  await expect(page).toHaveURL(/group=filled/)
  await expect(page.getByText('设备自行补齐').first()).toBeVisible({ timeout: 75_000 })
})
