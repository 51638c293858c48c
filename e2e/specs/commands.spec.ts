// Commands to a device over TCP: ordered in the browser, answered or not by the device.
import type { Page } from '@playwright/test'
import { dialog } from '../controls/dialog.ts'
import { expect, test } from '../controls/fixtures.ts'
import { prefer } from '../controls/look.ts'
import { FACTORS } from '../controls/register.ts'
import type { Server } from '../controls/server.ts'

async function deviceId(city: Server, mn: string): Promise<number> {
  const { devices } = await city.get<{ devices: { id: number }[] }>(`/devices?q=${mn}`)
  const id = devices[0]?.id
  if (id === undefined) throw new Error(`no device ${mn}`)
  return id
}

/** Eight o'clock of a day of Beijing, so many days back, as a field of date and time takes it. */
const dayBack = (days: number): string =>
  `${new Date(Date.now() + 8 * 3_600_000 - days * 86_400_000).toISOString().slice(0, 10)}T08:00`

/** Chooses a command in the dialog of the device's page. */
async function order(page: Page, command: string): Promise<void> {
  await page.getByRole('button', { name: '下发指令' }).click()
  await dialog(page, '下发指令').getByLabel(/^指令/).selectOption(command)
}

test('the clock is set after a confirmation, and the course is seen to its end', async ({
  city,
  logger,
  page,
}) => {
  await prefer(page, 'zh-CN')
  await logger.device.sendRealtime({ [FACTORS.dust]: '1.00' }, Date.now())
  logger.device.answerWith(({ qn }, device) => [device.accept(qn), device.finish(qn)])
  await page.goto(`${city.url}/devices/${await deviceId(city, logger.outlet.mn)}`)
  await expect(page.getByRole('heading', { level: 1 })).toContainText('在线')
  await order(page, 'set_clock')
  await dialog(page, '下发指令').getByRole('button', { name: '下发' }).click()
  // nothing goes out before the confirmation
  const confirm = dialog(page, '请确认下发')
  await expect(confirm).toContainText('设置时间（校时） 1012')
  expect(logger.device.requests).toEqual([])
  await confirm.getByRole('button', { name: '确认下发' }).click()

  await expect(page).toHaveURL(/\/commands\/[0-9a-f-]{36}$/)
  await expect(page.getByRole('heading', { level: 1 })).toContainText('执行成功')
  for (const step of ['发送请求', '请求应答 9011', '执行结果 9012'])
    await expect(page.getByRole('listitem').filter({ hasText: step })).toBeVisible()
  expect(logger.device.requests.map(({ command }) => command)).toEqual(['1012'])
  await expect(page.locator('main')).not.toContainText(logger.outlet.password)
})

test('history is asked for and comes as data', async ({ city, logger, page }) => {
  await prefer(page, 'zh-CN')
  await logger.device.sendRealtime({ [FACTORS.dust]: '1.00' }, Date.now())
  logger.device.answerWith(({ qn, command, text }, device) => {
    const [, begin] = /BeginTime=(\d{14})/.exec(text) ?? []
    const area = `DataTime=${begin};a34013-Avg=2.46,a34013-Flag=N`
    return [device.accept(qn), device.frame(device.nextRequest(), command, area), device.finish(qn)]
  })
  await page.goto(`${city.url}/devices/${await deviceId(city, logger.outlet.mn)}`)
  await order(page, 'get_history')
  const form = dialog(page, '下发指令')
  await form.getByLabel(/^数据类型/).selectOption('hour')
  await form.getByLabel(/^开始时间/).fill(dayBack(200))
  await form.getByLabel(/^结束时间/).fill(dayBack(100))
  await form.getByRole('button', { name: '下发' }).click()
  await expect(form.getByRole('alert')).toContainText('一次最多 92 天')
  await form.getByLabel(/^结束时间/).fill(dayBack(200))
  await form.getByRole('button', { name: '下发' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toContainText('执行成功')
  await expect(page.getByText('a34013-Avg=2.46')).toBeVisible()
  expect(logger.device.requests.map(({ command }) => command)).toEqual(['2061'])
})

test('a device that refuses says why', async ({ city, logger, page }) => {
  await prefer(page, 'zh-CN')
  await logger.device.sendRealtime({ [FACTORS.dust]: '1.00' }, Date.now())
  logger.device.answerWith(({ qn }, device) => [device.accept(qn, 2)])
  await page.goto(`${city.url}/devices/${await deviceId(city, logger.outlet.mn)}`)
  await order(page, 'get_clock')
  await dialog(page, '下发指令').getByRole('button', { name: '下发' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toContainText('执行失败')
  await expect(page.locator('main')).toContainText('2 请求被拒绝')
})

test('a device that says nothing is asked again and given up', async ({ city, logger, page }) => {
  await prefer(page, 'zh-CN')
  await logger.device.sendRealtime({ [FACTORS.dust]: '1.00' }, Date.now())
  await page.goto(`${city.url}/devices/${await deviceId(city, logger.outlet.mn)}`)
  await order(page, 'get_clock')
  await dialog(page, '下发指令').getByRole('button', { name: '下发' }).click()
  // each step stays in the list, so that none is missed
  for (const step of ['发送请求', '重发请求'])
    await expect(page.getByRole('listitem').filter({ hasText: step })).toBeVisible()
  await expect(page.getByRole('heading', { level: 1 })).toContainText('超时')
  await expect(page.locator('main')).toContainText('没有收到请求应答（9011）')
  expect(logger.device.requests.map(({ command }) => command)).toEqual(['1011', '1011'])
})

test('a command to a device that is away waits, and is taken back', async ({ city, page }) => {
  test.setTimeout(60_000)
  await prefer(page, 'zh-CN')
  const { mn } = city.takeOutlet()
  const id = await deviceId(city, mn)
  await page.goto(`${city.url}/commands`)
  await page.getByRole('button', { name: '下发指令' }).click()
  const form = dialog(page, '下发指令')
  await form.getByRole('combobox', { name: '设备' }).fill(mn)
  await form.getByRole('option').filter({ hasText: mn }).click()
  await expect(form).toContainText('设备离线，指令将等待其上线后发送')
  await form.getByLabel(/^指令/).selectOption('get_clock')
  await form.getByRole('button', { name: '下发' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toContainText('等待发送')
  await page.getByRole('button', { name: '撤销' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toContainText('已撤销')

  await page.goto(`${city.url}/commands?device=${id}&state=cancelled`)
  const row = page.getByRole('table').getByRole('row').filter({ hasText: '提取时间' })
  await expect(row).toHaveCount(1)
  await page.goto(`${city.url}/commands?device=${id}&state=done`)
  await expect(page.getByText('没有符合筛选条件的记录')).toBeVisible()
})
