// An assessment of the plan: figures taken, reviewed and published by somebody else, its signed
// file checked without the platform, its scores shown to everybody.
import { readFileSync, writeFileSync } from 'node:fs'
import { dialog } from '../controls/dialog.ts'
import { expect, test } from '../controls/fixtures.ts'
import { prefer } from '../controls/look.ts'
import { Server } from '../controls/server.ts'

test('takes an assessment from draft to a signed, public one', async ({
  servers,
  page,
}, testInfo) => {
  const server = await servers.startQuiet()
  const leader = await server.enrolPerson('leader-of-trial', 'leader')
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
  await expect(page.getByText('终期考核').first()).toBeVisible()
})
