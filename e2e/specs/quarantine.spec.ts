// Unknown devices that are ignored, and noise on the line byte by byte.
import { Device } from '../controls/device.ts'
import { expect, test } from '../controls/fixtures.ts'
import { prefer } from '../controls/look.ts'

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
