// Unknown devices that are ignored, and noise on the line byte by byte.
import { expect, test } from '../controls/fixtures.ts'
import { compactTime } from '../controls/frame.ts'
import { prefer } from '../controls/look.ts'
import { SITE_ZH } from '../controls/register.ts'

test('a sender is ignored with a reason, and bad frames are looked at byte by byte', async ({
  city,
  connect,
  page,
}) => {
  await prefer(page, 'zh-CN')
  const stranger = { mn: 'STRANGER0000000000000008', password: '000000' }
  const device = await connect(city, stranger)
  const frame = device.frame(device.nextRequest(), '2011', 'DataTime=20261101000000;a21002-Rtd=1.0')
  device.sendBytes(frame)
  device.sendBytes(frame.replace('a21002-Rtd=1.0', 'a21002-Rtd=9.0'))
  const row = page.getByRole('row').filter({ hasText: stranger.mn })
  const bad = page.getByRole('row').filter({ hasText: '校验错误' }).first()
  await expect(async () => {
    await page.goto(`${city.url}/quarantine`)
    await expect(row).toBeVisible({ timeout: 500 })
    await expect(bad).toBeVisible({ timeout: 500 })
  }).toPass()
  await row.getByRole('button', { name: '忽略' }).click()
  const dialog = page.getByRole('form', { name: /^忽略/ })
  await dialog.getByLabel('原因').fill('试机，不接入')
  await dialog.getByRole('button', { name: '忽略' }).click()
  await expect(row).toHaveCount(0)
  await page.getByText(/^已忽略/).click()
  await expect(row).toContainText('试机，不接入')

  await bad.getByRole('button', { name: '查看样本' }).click()
  const bytes = page.getByRole('region', { name: '原始字节' }).first()
  await expect(bytes).toContainText('23 23')
  await expect(bytes).not.toContainText('PW=000000')
})

test('a stranger is registered where it stands, and what it sent before becomes data', async ({
  servers,
  connect,
  page,
}) => {
  test.setTimeout(90_000)
  const server = await servers.startQuiet()
  const stranger = { mn: 'STRANGER0000000000000031', password: '654321' }
  const device = await connect(server, stranger)
  const begin = Date.now() - 600_000
  const values = ['41.10', '42.20', '43.30']
  for (const [place, value] of values.entries()) {
    const time = compactTime(begin + place * 60_000, 14)
    const area = `DataTime=${time};a21002-Rtd=${value},a21002-Flag=N`
    device.sendBytes(device.frame(device.nextRequest(), '2011', area))
  }
  await prefer(page, 'zh-CN')
  const row = page.getByRole('row').filter({ hasText: stranger.mn })
  await expect(async () => {
    await page.goto(`${server.url}/quarantine`)
    // seen and kept, each a cell of its own: the MN has a 3 too
    const cells = row.getByRole('cell', { name: '3', exact: true })
    await expect(cells).toHaveCount(2, { timeout: 500 })
  }).toPass()
  await row.getByRole('link', { name: '登记' }).click()

  const form = page.locator('form')
  await expect(form.getByText('使用报文中的密码（6 位）')).toBeVisible()
  await form.getByRole('combobox', { name: '站点', exact: true }).click()
  await page.getByRole('option', { name: SITE_ZH }).click()
  await form.getByLabel('排口 / 点位编号').fill('DA900')
  await form.getByLabel('点位名称').fill('新接入排口')
  await form.getByLabel('监测类别').selectOption('waste_gas')
  await expect(form.getByText('登记后重放已保留的 3 条报文')).toBeVisible()
  await form.getByRole('button', { name: '登记' }).click()
  await expect(page.getByText('已登记，并重放 3 条报文')).toBeVisible()

  // the packets held back are data now: history, for which nobody is called
  const { devices } = await server.get<{ devices: { channels: { point_id: number }[] }[] }>(
    `/devices?q=${stranger.mn}`,
  )
  const id = devices[0]?.channels[0]?.point_id
  await page.goto(`${server.url}/points/${id}`)
  await expect(page.getByRole('heading', { level: 1 })).toContainText('新接入排口')
  await expect(page.locator('main').getByText('43.30').first()).toBeVisible()
  const range = `from=${new Date(begin - 60_000).toISOString()}&to=${new Date().toISOString()}`
  const { records } = await server.get<{
    records: { values: { rtd?: string | null }[] }[]
  }>(`/points/${id}/records?kind=realtime&${range}`)
  expect(records.map((record) => record.values[0]?.rtd).sort()).toEqual(values)
  const { alarms } = await server.get<{ alarms: object[] }>(`/alarms?point=${id}`)
  expect(alarms).toEqual([])

  // and the next packet is answered
  await device.sendRealtime({ a21002: '44.40' }, Date.now())
  await expect(page.locator('main').getByText('44.40').first()).toBeVisible()
  await page.goto(`${server.url}/quarantine`)
  await expect(row).toHaveCount(0)
})
