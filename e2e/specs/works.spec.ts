// The plan at work: a project from its entry to the balance, a task from its report to the board.
import type { Page } from '@playwright/test'
import { dialog, pick } from '../controls/dialog.ts'
import { expect, test } from '../controls/fixtures.ts'
import { prefer } from '../controls/look.ts'
import type { Server } from '../controls/server.ts'

/** The row of a kind of projects in the balance. */
const kindRow = (page: Page, name: string) =>
  page.getByRole('region', { name: '项目库与规划核对' }).getByRole('row').filter({ hasText: name })

async function enterProject(page: Page, server: Server): Promise<void> {
  await page.goto(`${server.url}/projects`)
  await page.getByRole('button', { name: '新增项目' }).click()
  const form = dialog(page, '新增项目')
  await form.getByLabel('项目名称').fill('模拟蒸水河岸整治工程')
  await form.getByLabel('项目编号').fill('W-901')
  await form.getByLabel('项目类型').selectOption({ label: '社会行动体系建设项目' })
  await pick(form, '行政区', '衡阳县')
  await form.getByLabel('实施单位').fill('模拟建设单位')
  await form.getByLabel('计划投资').fill('1250.5')
  await form.getByLabel('开始年份').selectOption('2017')
  await form.getByLabel('完成年份').selectOption('2019')
  await form.getByRole('button', { name: '保存' }).click()
  await expect(page.getByRole('heading', { name: '模拟蒸水河岸整治工程' })).toBeVisible()
}

test.describe('a project', () => {
  // a step whose conditions are not met
  test.use({ allowedErrors: [/409/] })

  test('is entered, refused with its reason, funded, approved, and counted', async ({
    servers,
    page,
  }) => {
    const server = await servers.startQuiet()
    await prefer(page, 'zh-CN')
    await page.goto(`${server.url}/projects?view=balance`)
    await expect(kindRow(page, '社会行动体系建设项目')).toContainText('比规划少 2 个')
    await enterProject(page, server)
    const conditions = page.getByRole('region', { name: '“立项”须具备' })
    await expect(conditions).toContainText('资金计划合计 0 万元，计划投资 1250.5 万元')
    await page.getByRole('button', { name: '立项', exact: true }).click()
    const step = dialog(page, '转入“立项”')
    await step.getByLabel('日期').fill('2017-03-01')
    await step.getByRole('button', { name: '确认' }).click()
    await expect(step.getByRole('alert')).toContainText('未填文件名称或文号')
    await expect(step.getByRole('alert')).toContainText('两者须一致')
    await step.getByRole('button', { name: '取消' }).click()
    await page.getByRole('button', { name: '编辑资金' }).click()
    const money = dialog(page, '编辑资金')
    await money.getByLabel('年份').fill('2017')
    await money.getByLabel('计划（万元）').fill('1250.5')
    await money.getByLabel('到位（万元）').fill('300')
    await money.getByLabel('支出（万元）').fill('320.25')
    await money.getByRole('button', { name: '保存' }).click()
    await expect(page.getByText('2017 年市级资金支出超到位 20.25 万元')).toBeVisible()
    await page.getByRole('button', { name: '立项', exact: true }).click()
    await step.getByLabel('日期').fill('2017-03-01')
    await step.getByLabel('文件名称或文号').fill('模拟发改〔2017〕12号')
    await step.getByRole('button', { name: '确认' }).click()
    const life = page.getByRole('list', { name: '生命周期' })
    await expect(life.locator('[aria-current=step]')).toContainText('立项')
    await expect(life).toContainText('模拟发改〔2017〕12号')
    await page.goto(`${server.url}/projects?view=balance`)
    const row = kindRow(page, '社会行动体系建设项目')
    await expect(row).toContainText('比规划少 1 个')
    await expect(row).toContainText('0.12505')
    await page.goto(`${server.url}/projects?attention=true`)
    await expect(page.getByRole('row').filter({ hasText: 'W-901' })).toContainText('需关注')
  })
})

test('a task is reported by one person and checked by another', async ({ servers, page }) => {
  const server = await servers.startQuiet()
  const checker = await server.enrolPerson('checker', 'plan_manager')
  await prefer(page, 'zh-CN')
  await page.goto(`${server.url}/tasks`)
  const card = page.locator('article').filter({ hasText: '市区 PM2.5 浓度下降' })
  await expect(card).toContainText('0%')
  await card.getByRole('link').click()
  await page.getByRole('button', { name: '填报进展' }).click()
  const form = dialog(page, '填报进展')
  await form.getByLabel('截至日期').fill('2020-12-31')
  await form.getByLabel('进度').fill('100')
  await form.getByLabel('进展').fill('模拟：全年达标')
  await form.getByLabel('佐证材料').setInputFiles({
    name: '年报.pdf',
    mimeType: 'application/pdf',
    buffer: Buffer.from('%PDF-1.7 simulated'),
  })
  await form.getByRole('button', { name: '提交' }).click()
  const reports = page.getByRole('region', { name: '进展填报' })
  await expect(reports).toContainText('模拟：全年达标')
  await expect(reports.getByRole('link', { name: '年报.pdf' })).toBeVisible()
  await expect(reports).toContainText('待审核')
  await page.context().addCookies([{ ...server.cookie(), value: checker }])
  await page.reload()
  await reports.getByRole('button', { name: '审核通过' }).click()
  await expect(reports).toContainText('已审核')
  await expect(page.getByRole('heading', { level: 1 })).toContainText('已完成')
})

test('the simulated pool is the plan, and says what it has not', async ({ city, page }) => {
  await prefer(page, 'zh-CN')
  await page.goto(`${city.url}/projects?view=balance`)
  await expect(page.getByText('个数与投资均与规划一致')).toBeVisible()
  const total = kindRow(page, '总计').last()
  await expect(total).toContainText('214.09607')
  await expect(total).toContainText('214.0961')
  await expect(total).toContainText('24 个未填投资')
})
