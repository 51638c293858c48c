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
  const lead = page.locator('.lead')
  await expect(lead).toContainText('规划期已结束，以 2020 年的数据判定')
  // all of it is made up, and says so
  await expect(lead.getByText('模拟数据', { exact: true })).toBeVisible()
  await expect(page.getByRole('heading', { name: /^逾期的任务/ })).toBeVisible()
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

test('a reduction account opens to the project of the pool that was counted', async ({
  city,
  page,
}) => {
  await prefer(page, 'zh-CN')
  await page.goto(`${city.url}/plan/indicators/cod_reduction?year=2018`)
  const tree = page.locator('.tree')
  await expect(tree.getByText('采用减排核算值', { exact: true })).toBeVisible()
  const taken = await page.locator('.facts dd').nth(3).innerText()
  await tree.getByRole('link', { name: '查看核算明细' }).click()
  await expect(page).toHaveURL(/view=accounts/)
  const years = page.getByRole('region', { name: '逐年核算' })
  const year = years.getByRole('row').filter({ hasText: '2018' })
  // what is left at the end of the year is what the indicator took
  const closing = await year.getByRole('cell').nth(4).innerText()
  expect(Math.round(Number(closing.replaceAll(',', ''))).toLocaleString('en-US')).toBe(
    taken.replace(' t', ''),
  )
  await expect(year.getByRole('cell').nth(0).getByRole('button')).toHaveAttribute(
    'aria-pressed',
    'true',
  )
  const entries = page.getByRole('region', { name: '核算明细' })
  const projects = entries.getByRole('row').filter({ hasText: '项目削减量' })
  await expect(projects.first()).toBeVisible()
  await expect(projects.first().getByText('模拟', { exact: true })).toBeVisible()
  const name = await projects.first().getByRole('link').innerText()
  const county = await projects.first().getByRole('cell').nth(1).innerText()
  await page
    .getByRole('region', { name: '各县市区' })
    .getByRole('button', { name: county, exact: true })
    .click()
  await expect(entries.getByRole('row').filter({ hasText: '基准排放量' })).toHaveCount(1)
  await entries.getByRole('link', { name, exact: true }).click()
  await expect(page).toHaveURL(/\/projects\//)
  const [, ...words] = name.split(' ')
  await expect(page.getByRole('heading', { level: 1 })).toContainText(words.join(' '))
})

test('what a project takes away is not reported a second time', async ({ city, page }) => {
  await prefer(page, 'zh-CN')
  await page.goto(`${city.url}/plan?view=values`)
  await page.getByRole('button', { name: '上报数据', exact: true }).last().click()
  const form = dialog(page, '上报数据')
  await pick(form, '数据项', '氮氧化物项目削减量')
  const send = form.getByRole('button', { name: '上报数据' })
  await form.getByLabel('数值').fill('12.5')
  await form.getByLabel('依据').fill('模拟认定表二')
  await form.getByLabel('模拟数据').check()
  // the project is still to be named
  await expect(send).toBeDisabled()
  await pick(form, '减排项目', 'A-0')
  await send.click()
  const row = page.getByRole('row').filter({ hasText: '模拟认定表二' })
  await expect(row).toContainText('待核对')
  await expect(row.getByRole('link')).toContainText('A-0')
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
