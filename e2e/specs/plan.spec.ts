// The plan: indicators lead to their sentence, a sentence to its entries; a value needs two people.
import { dialog, pick } from '../controls/dialog.ts'
import { expect, test } from '../controls/fixtures.ts'
import { prefer } from '../controls/look.ts'

test('an indicator opens its sentence, and the sentence its entries', async ({ city, page }) => {
  await prefer(page, 'zh-CN')
  await page.goto(`${city.url}/plan?view=indicators&year=2020`)
  const row = page.locator('details').filter({ hasText: 'PM2.5' }).first()
  await row.locator('summary').click()
  await row.getByRole('link', { name: '在原文中查看' }).first().click()
  await expect(page).toHaveURL(/view=text/)
  const sentence = page.locator('.sentence.wanted').first()
  await expect(sentence).toBeInViewport()
  await expect(page.getByRole('complementary', { name: '引用这句话的条目' })).toContainText('PM2.5')
  const place = await page
    .locator('.sentence.linked:not(.wanted)')
    .first()
    .getAttribute('data-sentence')
  const other = page.locator(`[data-sentence="${place}"]`)
  await expect(other).toHaveAttribute('aria-pressed', 'false')
  await other.focus()
  await page.keyboard.press('Enter')
  await expect(other).toHaveAttribute('aria-pressed', 'true')
})

test('the plan opens at a glance, and a cell leads to its indicator', async ({ city, page }) => {
  await prefer(page, 'zh-CN')
  await page.goto(`${city.url}/plan`)
  await expect(page.getByText('规划期已结束，以 2020 年的数据判定', { exact: true })).toBeVisible()
  const tiles = page.locator('.tiles')
  await expect(tiles.getByText('无数据', { exact: true })).toBeVisible()
  await page.getByRole('link', { name: '市区PM2.5年均浓度', exact: true }).click()
  await expect(page).toHaveURL(/\/plan\/indicators\/city_pm25\?year=2020/)
  await expect(page.getByRole('heading', { name: '市区PM2.5年均浓度', level: 1 })).toBeVisible()
  await expect(page.getByRole('img', { name: '进展曲线' })).toBeVisible()
  await expect(page.getByText('round(city_pm25_mean, 0)', { exact: true })).toBeVisible()
  await expect(page.getByText('市区 PM2.5 年均浓度', { exact: true })).toBeVisible()
  await page.getByRole('link', { name: '五年规划' }).first().click()
  await expect(page).toHaveURL(/\/plan$/)
})

test('counties of an indicator are ranked and chosen', async ({ city, page }) => {
  await prefer(page, 'zh-CN')
  await page.goto(`${city.url}/plan/indicators/county_good_air?year=2019`)
  const ranking = page.getByRole('table')
  await expect(ranking.getByRole('link')).toHaveCount(8)
  await ranking.getByRole('link', { name: '耒阳市', exact: true }).click()
  await expect(page).toHaveURL(/region=430481/)
  await expect(ranking.getByRole('link', { name: '耒阳市', exact: true })).toHaveAttribute(
    'aria-current',
    'true',
  )
})

test('the plan is shown with its contradictions', async ({ city, page }) => {
  await prefer(page, 'zh-CN')
  await page.goto(`${city.url}/plan?view=findings`)
  await expect(page.getByText('81723').first()).toBeVisible()
  await expect(page.getByText('88.2').first()).toBeVisible()
})

test.describe('two people', () => {
  test.use({ allowedErrors: [/409/] })

  test('who reported a value cannot check it', async ({ city, page }) => {
    await prefer(page, 'zh-CN')
    await page.goto(`${city.url}/plan?view=values`)
    await page.getByRole('button', { name: '上报数据', exact: true }).last().click()
    const form = dialog(page, '上报数据')
    await pick(form, '数据项', '森林')
    await form.getByLabel('数值').fill('47.3')
    await form.getByLabel('依据').fill('模拟年报')
    await form.getByLabel('模拟数据').check()
    await form.getByRole('button', { name: '上报数据' }).click()
    const row = page.getByRole('row').filter({ hasText: '模拟年报' })
    await expect(row).toContainText('待核对')
    await expect(row).toContainText('47.3')
    await row.getByRole('button', { name: '核对' }).click()
    const ask = dialog(page, '核对')
    await ask.getByRole('button', { name: '核对' }).click()
    await expect(ask.getByRole('alert')).toContainText('须由其他人员办理')
    await ask.getByRole('button', { name: '取消' }).click()
    await row.getByRole('button', { name: '退回' }).click()
    const back = dialog(page, '退回')
    await back.getByLabel('退回原因').fill('缺盖章')
    await back.getByRole('button', { name: '退回' }).click()
    await expect(row).toContainText('已退回')
    await expect(row).toContainText('缺盖章')
  })
})
