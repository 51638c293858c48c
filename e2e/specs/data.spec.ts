// The map, raw packets, the quarantine, rules.
import { expect, test } from '../controls/fixtures.ts'
import { compactTime, encodeFrame } from '../controls/frame.ts'
import { expectLive } from '../controls/live.ts'
import { prefer } from '../controls/look.ts'
import { FACTORS } from '../controls/register.ts'

test('the map shows a value within two seconds of its packet', async ({ city, logger, page }) => {
  await prefer(page, 'zh-CN')
  await logger.device.sendRealtime({ [FACTORS.dust]: '2.10' }, Date.now() - 60_000)
  await page.goto(`${city.url}/map?point=${logger.pointId}`)
  await expect(page.getByRole('heading', { name: logger.outlet.nameZh })).toBeVisible()
  await expect(page.getByText('2.10', { exact: true })).toBeVisible()
  await expectLive(
    ['2.37', '2.38', '2.39'],
    (value) => logger.device.sendRealtime({ [FACTORS.dust]: value }, Date.now()),
    (value) => page.getByText(value, { exact: true }),
  )
  await page.getByRole('link', { name: '查看点位' }).click()
  await expect(page).toHaveURL(new RegExp(`/points/${logger.pointId}$`))
})

test('the map shows the first part of a split record within two seconds', async ({
  city,
  logger,
  page,
}) => {
  await prefer(page, 'zh-CN')
  const { device, outlet } = logger
  await device.sendRealtime({ [FACTORS.nitrogenOxides]: '21.20' }, Date.now() - 60_000)
  await page.goto(`${city.url}/map?point=${logger.pointId}`)
  await expect(page.getByText('21.20', { exact: true })).toBeVisible()
  // one of three factors: the other part never comes
  const begin = async (value: string): Promise<void> => {
    const parts = `PNUM=2;PNO=1;CP=&&DataTime=${compactTime(Date.now(), 14)}`
    const values = `${FACTORS.nitrogenOxides}-Rtd=${value},${FACTORS.nitrogenOxides}-Flag=N`
    const head = `QN=${device.nextRequest()};ST=31;CN=2011;PW=${outlet.password};MN=${outlet.mn}`
    device.sendBytes(encodeFrame(`${head};Flag=7;${parts};${values}&&`))
  }
  await expectLive(['27.35', '27.45', '27.55'], begin, (value) =>
    page.getByText(value, { exact: true }),
  )
})

test('packets are found by the number of their device', async ({ city, logger, page }) => {
  await prefer(page, 'zh-CN')
  await logger.device.sendRealtime({ [FACTORS.dust]: '1.00' }, Date.now())
  await page.goto(`${city.url}/packets`)
  await page.getByRole('searchbox', { name: '设备 MN' }).fill(logger.outlet.mn)
  await expect(page).toHaveURL(new RegExp(`mn=${logger.outlet.mn}`))
  const rows = page.getByRole('row').filter({ hasText: logger.outlet.mn })
  await expect(rows).toHaveCount(1)
  await expect(page.getByRole('table').getByRole('row')).toHaveCount(2)
  await rows.getByRole('link').click()
  await expect(page.getByText('长度与校验均正确')).toBeVisible()
  await expect(page.getByText('与前一批次衔接，未被改动')).toBeVisible()
})

test('an unknown device is seen in the quarantine and discarded', async ({
  city,
  connect,
  page,
}) => {
  await prefer(page, 'zh-CN')
  const stranger = { mn: 'STRANGER0000000000000001', password: '000000' }
  const device = await connect(city, stranger)
  device.sendBytes(
    device.frame(device.nextRequest(), '2011', 'DataTime=20261101000000;a21002-Rtd=1.0'),
  )
  const row = page.getByRole('row').filter({ hasText: stranger.mn })
  await expect(async () => {
    await page.goto(`${city.url}/quarantine`)
    await expect(row).toContainText('未登记', { timeout: 500 })
  }).toPass()
  device.close()
  await row.getByRole('button', { name: '删除' }).click()
  await page.getByRole('form', { name: /^删除/ }).getByRole('button', { name: '删除' }).click()
  await expect(row).toHaveCount(0)
})

test('a rule is tried on the past before it is changed', async ({ city, page }) => {
  await city.awaitCity()
  await prefer(page, 'zh-CN')
  await page.goto(`${city.url}/alarm-rules`)
  await page.getByRole('link', { name: '小时值超上限' }).click()
  await page.getByRole('button', { name: '开始回测' }).click()
  await expect(page.getByRole('status').filter({ hasText: /检查 [\d,]+ 条记录/ })).toBeVisible()
  await expect(page.getByRole('button', { name: '保存为新版本' })).toBeDisabled()
})

test('language and appearance are changed and kept, by keyboard alone', async ({ empty, page }) => {
  await page.goto(`${empty.url}/`)
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await page.keyboard.press('Tab')
  await expect(page.getByRole('link', { name: '跳到' })).toBeFocused()
  const language = page.getByRole('button', { name: '切换到英文' })
  await language.focus()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Overview')
  const theme = page.getByRole('button', { name: /Appearance|Theme/i })
  await theme.focus()
  await page.keyboard.press('Enter')
  await page.keyboard.press('Enter')
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
  await page.reload()
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Overview')
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
})
