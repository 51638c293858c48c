// Marking through both roles: a fault with a photograph, rejected, marked again, accepted; the rate
// of the day follows.
import { dayBack } from '../controls/day.ts'
import { dialog, pick } from '../controls/dialog.ts'
import { Device } from '../controls/device.ts'
import { expect, test } from '../controls/fixtures.ts'
import { keepLook, prefer, settle } from '../controls/look.ts'
import { PHOTOGRAPH } from '../controls/photograph.ts'
import { FACTORS } from '../controls/register.ts'
import type { Page } from '@playwright/test'

/** The day before yesterday in Beijing: after midnight the last hours of yesterday are not due yet. */
const day = dayBack(2)

interface Rates {
  rates: { valid_values: number; transmission_effectiveness: string }[]
}

test.use({ isSignedIn: false })

async function fillFault(page: Page, reason: string): Promise<void> {
  const form = dialog(page, '标记异常数据')
  await form.getByLabel('标记类型').selectOption({ label: '监测设备故障' })
  await form.getByLabel('情况说明').fill(reason)
  await form
    .getByLabel('佐证材料')
    .setInputFiles({ name: '采样泵.png', mimeType: 'image/png', buffer: PHOTOGRAPH })
  await expect(form.getByText('采样泵.png')).toBeVisible()
}

test('a fault is marked with a photograph, rejected, marked again and accepted', async ({
  page,
  servers,
}) => {
  test.setTimeout(180_000)
  const server = await servers.startQuiet()
  const outlet = server.takeOutlet()
  const pointId = await server.pointId(outlet)
  const device = await Device.connect(server.gatewayPort, outlet)
  for (const [hour, flag] of [
    ['03', 'D'],
    ['04', 'N'],
  ] as const) {
    const area = Object.values(FACTORS).map((code) => `${code}-Avg=10.5,${code}-Flag=${flag}`)
    const time = `${day.replaceAll('-', '')}${hour}0000`
    device.sendBytes(
      device.frame(device.nextRequest(), '2061', [`DataTime=${time}`, ...area].join(';')),
    )
  }
  // the rate as it is kept for the day, not as it would be computed now
  const rate = async (): Promise<string | undefined> => {
    const days = `from=${day}&to=${day}`
    const path = `/rates?level=point&period=day&${days}&point_id=${pointId}`
    const { rates } = await server.get<Rates>(path)
    return rates[0] && `${rates[0].valid_values}: ${rates[0].transmission_effectiveness}`
  }
  // three values of 72 count; the flagged hour does not
  await expect.poll(rate, { timeout: 60_000 }).toBe('3: 4.17')
  const { points } = await server.get<{ points: { id: number; site_id: number }[] }>('/points')
  const siteId = points.find(({ id }) => id === pointId)?.site_id
  if (siteId === undefined) throw new Error('the point has no site')
  const enterprise = await server.enrolPerson('enterprise-of-trial', 'enterprise_user', [siteId])
  const bureau = await server.enrolPerson('bureau-of-trial', 'monitoring_manager')
  const as = (session: string): Promise<void> =>
    page.context().addCookies([{ ...server.cookie(), value: session }])

  await test.step('the enterprise finds what awaits marking and marks it', async () => {
    await as(enterprise)
    await prefer(page, 'zh-CN')
    await page.goto(`${server.url}/marking`)
    const row = page.getByRole('row').filter({ hasText: 'D 故障' })
    await expect(row).toContainText(`${day} 03:00 – 04:00`)
    await keepLook(page, 'marking-awaiting')
    await row.getByRole('button', { name: '标记' }).click()
    await fillFault(page, '采样泵停转，已更换')
    await dialog(page, '标记异常数据').getByRole('button', { name: '提交标记' }).click()
    await expect(page.getByText('近两周没有待标记的数据')).toBeVisible()
    await expect(page.getByRole('row').filter({ hasText: '监测设备故障' })).toContainText('待审核')
  })

  await test.step('the bureau looks at the photograph and rejects', async () => {
    await as(bureau)
    await page.goto(`${server.url}/marking-review`)
    const row = page.getByRole('row').filter({ hasText: '采样泵停转' })
    await expect(row).toContainText('1 份佐证材料')
    await row.getByRole('button', { name: '审核' }).focus()
    await page.keyboard.press('r')
    const form = dialog(page, '审核标记')
    const photograph = form.getByRole('img', { name: '采样泵.png' })
    await expect(photograph).toBeVisible()
    await expect
      .poll(() => photograph.evaluate((image: HTMLImageElement) => image.naturalWidth))
      .toBe(1)
    await form.getByLabel('审核意见').fill('照片看不清设备编号')
    await keepLook(page, 'marking-review')
    await form.getByRole('button', { name: '不予认可' }).last().click()
    await expect(page.getByText('没有待审核的标记')).toBeVisible()
    expect(await rate()).toBe('3: 4.17')
  })

  await test.step('the enterprise reads why and marks again', async () => {
    await as(enterprise)
    await page.goto(`${server.url}/marking`)
    const rejected = page.getByRole('row').filter({ hasText: '不予认可' })
    await expect(rejected).toContainText('照片看不清设备编号')
    await page.getByRole('button', { name: '新建标记' }).click()
    const form = dialog(page, '标记异常数据')
    const place = form.getByRole('combobox', { name: '监测点位' })
    await place.fill(outlet.nameZh)
    await form.getByRole('option', { name: outlet.nameZh }).first().click()
    await form.getByLabel('开始时间').fill(`${day}T03:00`)
    await form.getByLabel('结束时间').fill(`${day}T05:00`)
    await fillFault(page, '采样泵停转，附设备铭牌')
    await form.getByRole('button', { name: '提交标记' }).click()
    await expect(page.getByRole('row').filter({ hasText: '待审核' })).toContainText('03:00 – 05:00')
  })

  await test.step('the bureau accepts, and the rate of the day follows', async () => {
    await as(bureau)
    await page.goto(`${server.url}/marking-review`)
    const row = page.getByRole('row').filter({ hasText: '附设备铭牌' })
    await row.getByRole('button', { name: '审核' }).click()
    const form = dialog(page, '审核标记')
    await form.getByLabel('审核意见').fill('情况属实')
    await form.getByRole('button', { name: '予以认可' }).last().click()
    await expect(page.getByText('没有待审核的标记')).toBeVisible()
    await expect.poll(rate, { timeout: 60_000 }).toBe('0: 0.00')
    await page.goto(`${server.url}/points/${pointId}`)
    const layers = page.getByRole('region', { name: '数据三层对照' }).last()
    const hour = layers
      .getByRole('row')
      .filter({ hasText: `${day} 04:00` })
      .first()
    await expect(hour).toContainText('监测设备故障')
    await expect(hour).toContainText('予以认可，数据不计')
    await expect(hour).toContainText('无效')
    await settle(page)
    await keepLook(page, 'marking-layers')
  })
  device.close()
})

test.describe('the point of a sample', () => {
  test.use({ isSignedIn: true, allowedErrors: [/403/] })

  test('another point forgets a factor that it does not measure, and one that fails says so', async ({
    city,
    page,
  }) => {
    interface Points {
      points: { medium: string; site_name_zh: string }[]
    }
    const { points } = await city.get<Points>('/points?limit=1000')
    const siteOf = (medium: string): string =>
      points.find((point) => point.medium === medium)?.site_name_zh ?? ''
    await prefer(page, 'zh-CN')
    await page.goto(`${city.url}/manual-samples`)
    await page.getByRole('button', { name: '录入手工监测' }).click()
    const form = dialog(page, '录入手工监测')
    const factor = form.getByLabel('监测因子')
    await pick(form, '监测点位', siteOf('air'))
    await factor.selectOption({ label: '臭氧' })
    await pick(form, '监测点位', siteOf('surface_water'))
    await expect(factor.getByRole('option', { name: '氨氮' })).toBeAttached()
    await expect(factor).toHaveValue('')
    await page.route(/api\/v1\/points\/\d+$/, (route) => route.fulfill({ status: 403, body: '' }))
    await pick(form, '监测点位', siteOf('waste_gas'))
    await expect(form.getByText('该点位的监测项目未能取得')).toBeVisible()
  })
})
