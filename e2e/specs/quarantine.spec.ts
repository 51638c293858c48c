// From an unknown device to a registered one: what it says of itself, its replay, its noise.
import { Device } from '../controls/device.ts'
import { expect, test } from '../controls/fixtures.ts'
import { prefer } from '../controls/look.ts'
import { FACTORS, SITE_ZH } from '../controls/register.ts'

const AREA = `${FACTORS.nitrogenOxides}-Rtd=68.2,${FACTORS.nitrogenOxides}-Flag=N`

test('a stranger is registered from its packets and replayed without an alarm; what it says then raises one', async ({
  city,
  page,
}) => {
  await prefer(page, 'zh-CN')
  const outlet = city.takeOutlet()
  const pointId = await city.pointId(outlet)
  const stranger = { mn: 'STRANGER0000000000000009', password: '246810' }
  const device = await Device.connect(city.gatewayPort, stranger)
  // beyond the limit, three times in a row, as it has to be for an alarm
  for (const before of [180, 120, 60])
    device.sendBytes(
      device.frame(device.nextRequest(), '2011', `DataTime=${device.timeBefore(before)};${AREA}`),
    )
  const row = page.getByRole('row').filter({ hasText: stranger.mn })
  await expect(async () => {
    await page.goto(`${city.url}/quarantine`)
    await expect(row).toContainText('3', { timeout: 500 })
    await row.getByRole('link', { name: '登记' }).click({ timeout: 500 })
  }).toPass()

  await expect(page.getByRole('heading', { level: 1 })).toContainText(stranger.mn)
  await expect(page.getByLabel('使用报文中的密码（6 位）')).toBeChecked()
  await expect(page.getByLabel('协议版本').first()).toHaveValue('2017')
  await page.getByText('已有点位').click()
  const place = `${SITE_ZH} · ${outlet.nameZh}`
  await page.getByRole('combobox', { name: '点位' }).fill(place)
  await page.getByRole('option', { name: new RegExp(`^${place}`) }).click()
  await expect(page.locator('body')).not.toContainText(stranger.password)
  await page.getByRole('button', { name: '登记' }).click()

  await expect(page).toHaveURL(new RegExp(`/points/${pointId}$`))
  await expect(page.getByText('68.2').first()).toBeVisible()
  interface Alarms {
    alarms: { kind: string }[]
  }
  const alarmsOf = async (): Promise<number> =>
    (await city.get<Alarms>(`/alarms?point=${pointId}&kind=over_upper&state=open,acknowledged`))
      .alarms.length
  expect(await alarmsOf()).toBe(0)

  const now = Date.now()
  for (const before of [120_000, 60_000, 0])
    await device.sendRealtime({ [FACTORS.nitrogenOxides]: '70.1' }, now - before)
  await expect.poll(alarmsOf).toBe(1)
  device.close()
})

test('a sender is ignored with a reason, and bad frames are looked at byte by byte', async ({
  city,
  page,
}) => {
  await prefer(page, 'zh-CN')
  const stranger = { mn: 'STRANGER0000000000000008', password: '000000' }
  const device = await Device.connect(city.gatewayPort, stranger)
  const frame = device.frame(device.nextRequest(), '2011', 'DataTime=20261101000000;a21002-Rtd=1.0')
  device.sendBytes(frame)
  device.sendBytes(frame.replace('a21002-Rtd=1.0', 'a21002-Rtd=9.0'))
  const row = page.getByRole('row').filter({ hasText: stranger.mn })
  await expect(async () => {
    await page.goto(`${city.url}/quarantine`)
    await expect(row).toBeVisible({ timeout: 500 })
  }).toPass()
  await row.getByRole('button', { name: '忽略' }).click()
  const dialog = page.getByRole('form', { name: /^忽略/ })
  await dialog.getByLabel('原因').fill('试机，不接入')
  await dialog.getByRole('button', { name: '忽略' }).click()
  await expect(row).toHaveCount(0)
  await page.getByText(/^已忽略/).click()
  await expect(row).toContainText('试机，不接入')

  const bad = page.getByRole('row').filter({ hasText: '校验错误' }).first()
  await bad.getByRole('button', { name: '查看样本' }).click()
  const bytes = page.getByRole('region', { name: '原始字节' }).first()
  await expect(bytes).toContainText('23 23')
  await expect(bytes).not.toContainText('PW=000000')
  device.close()
})
