// An assessment of the plan: figures taken, reviewed and published by somebody else, its signed
// file checked without the platform, its scores shown to everybody.
import { readFileSync, writeFileSync } from 'node:fs'
import { dialog } from '../controls/dialog.ts'
import { expect, test } from '../controls/fixtures.ts'
import { prefer } from '../controls/look.ts'
import { Server } from '../controls/server.ts'

/** A task that was due in 2017, of which a checked report says so much. */
async function tell(server: Server, checker: string, percent: number): Promise<void> {
  const id = crypto.randomUUID()
  await server.send('POST', '/tasks/move_into_parks/reports', {
    id,
    region_code: '430400',
    due_on: '2017-12-31',
    as_of: '2020-12-30',
    percent,
    text: '模拟：部分企业完成搬迁',
    is_simulated: true,
  })
  const cookie = server.cookie()
  const answer = await fetch(`${server.url}/api/v1/task-reports/${id}/check`, {
    method: 'POST',
    headers: { cookie: `${cookie.name}=${checker}`, origin: server.url },
  })
  expect(answer.status, await answer.text()).toBe(200)
}

test('takes an assessment from draft to a signed, public one', async ({
  servers,
  page,
}, testInfo) => {
  const server = await servers.startQuiet()
  const leader = await server.enrolPerson('leader-of-trial', 'leader')
  await tell(server, await server.enrolPerson('checker-of-trial', 'plan_manager'), 60)
  await prefer(page, 'zh-CN')

  await page.goto(`${server.url}/assessments`)
  await page.getByRole('button', { name: '新建评估' }).first().click()
  const form = dialog(page, '新建评估')
  await form.getByLabel('类别').selectOption('final')
  await form.getByRole('button', { name: '新建评估' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toContainText('终期考核')
  const carryOut = async (action: string): Promise<void> => {
    await page.getByRole('button', { name: action, exact: true }).click()
    const asked = dialog(page, action)
    await asked.getByRole('button', { name: action, exact: true }).click()
    await expect(asked).toHaveCount(0)
  }
  await carryOut('提取数据')
  // who took the figures does not review them
  await expect(page.getByText('数据由本人提取，须由他人复核、发布')).toBeVisible()
  await expect(page.getByRole('button', { name: '复核通过' })).toHaveCount(0)
  const address = page.url()

  // what the score is made of, and a task down to the report that it was counted from
  await expect(page.getByRole('row', { name: /^任务 20 1\/128/ })).toBeVisible()
  await page.getByText('任务和项目', { exact: true }).click()
  const work = page.locator('details').filter({ hasText: '产业园区外重化企业' })
  await expect(work).toContainText('60.00')
  await work.locator('summary').click()
  await expect(work).toContainText('60%，报告截至 2020-12-30')
  await expect(work).toContainText('60 ÷ 100 = 60.00')
  await expect(work.getByRole('link', { name: '查看任务' })).toHaveAttribute(
    'href',
    '/tasks/move_into_parks',
  )

  await page.context().addCookies([{ ...server.cookie(), value: leader }])
  await page.reload()
  await carryOut('复核通过')
  await carryOut('发布')
  const coming = page.waitForEvent('download')
  await page.getByRole('link', { name: '签名文件' }).click()
  const file = testInfo.outputPath('assessment.json')
  await (await coming).saveAs(file)
  const whole = Server.ask(['assessment', 'verify', file])
  expect(whole.isWell, whole.output).toBe(true)

  const changed = testInfo.outputPath('changed.json')
  const text = readFileSync(file, 'utf8')
  expect(text).toContain('"year"')
  writeFileSync(changed, text.replaceAll('no_data', 'met'))
  expect(Server.ask(['assessment', 'verify', changed]).isWell).toBe(false)

  // everybody sees what is published, without signing in
  await page.context().clearCookies()
  const id = address.split('/').at(-1)
  const answer = await fetch(`${server.url}/api/v1/public/assessments/${id}`)
  expect(answer.status).toBe(200)
  await page.evaluate((to) => window.location.assign(to), `${server.url}/public/assessments`)
  await expect(page.getByRole('heading', { level: 1 })).toContainText('规划实施情况评估结果')
  await page.getByRole('link', { name: /终期考核/ }).click()
  const shown = page.locator('details').filter({ hasText: '产业园区外重化企业' })
  await expect(shown).toContainText('60.00')
  await shown.locator('summary').click()
  await expect(shown).toContainText('60%，报告截至 2020-12-30')
  await expect(shown.getByRole('link')).toHaveCount(0)
})
