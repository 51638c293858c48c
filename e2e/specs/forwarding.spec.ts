// Superior platforms: packets arrive there, an outage is seen and over, what was not taken is sent again.
import { expect, test } from '../controls/fixtures.ts'
import {
  DESKTOP,
  PHONE,
  expectNoSidewaysScroll,
  expectTranslated,
  keepLook,
  prefer,
  settle,
} from '../controls/look.ts'
import { FACTORS } from '../controls/register.ts'

test('a superior is entered, gets every packet through an outage, and the lag falls', async ({
  servers,
  connect,
  superior,
  page,
}) => {
  test.setTimeout(180_000)
  const server = await servers.startQuiet()
  const outlet = server.takeOutlet()
  const device = await connect(server, outlet)
  await prefer(page, 'zh-CN')
  const send = (value: string): Promise<string> =>
    device.sendRealtime({ [FACTORS.dust]: value }, Date.now())
  const values = (): string[] =>
    superior.of('UP000001').flatMap((segment) => /a34013-Rtd=([\d.]+)/.exec(segment)?.[1] ?? [])
  await page.goto(`${server.url}/forwarding`)
  await settle(page)
  await keepLook(page, 'forwarding-none')
  await page.getByRole('button', { name: '新增上级平台' }).click()
  const dialog = page.getByRole('dialog').or(page.locator('form.dialog')).first()
  await dialog.getByLabel('名称').fill('省级平台（试验）')
  await dialog.getByLabel('主机或 IP').fill(superior.address.host)
  await dialog.getByLabel('端口').fill(String(superior.address.port))
  await dialog.getByLabel('报文形式').selectOption('re_encoded')
  await dialog.getByLabel(/转发全部设备/).uncheck()
  await keepLook(page, 'forwarding-form')
  await dialog.getByRole('button', { name: '保存' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toContainText('省级平台（试验）')
  await expect(page.getByText('已连接').first()).toBeVisible()

  // the device gets the name by which the superior knows it
  await page.getByRole('searchbox', { name: '搜索 MN 或名称' }).fill(outlet.mn)
  const row = page.getByRole('row').filter({ hasText: outlet.mn })
  await expect(row).toHaveCount(1)
  await row.getByRole('button', { name: '编辑' }).click()
  const map = page.locator('form.dialog')
  await map.getByLabel('上级 MN').fill('UP000001')
  await map.getByLabel('上级密码').selectOption('set')
  await map.getByRole('textbox', { name: '新密码' }).fill('654321')
  await map.getByRole('button', { name: '保存' }).click()
  await expect(row).toContainText('UP000001')
  await expect(page.getByText('已连接').first()).toBeVisible()

  await expect(async () => {
    await send('1.01')
    expect(values().length).toBeGreaterThan(0)
  }).toPass()
  expect(superior.of('UP000001')[0]).toContain('PW=654321;')

  // an outage: the lag shows, and falls when the superior is back
  await superior.stop()
  await send('2.01')
  await send('2.02')
  await send('2.03')
  const figures = page.getByRole('region', { name: '当前情况' })
  await expect(page.getByText('等待重连').first()).toBeVisible({ timeout: 20_000 })
  await expect(figures.getByText('无积压')).toHaveCount(0)
  await expect(page.getByText(/无法连接上级平台|上级平台关闭了连接/).first()).toBeVisible()
  await keepLook(page, 'forwarding-outage')
  await superior.listen()
  await expect(figures.getByText('无积压')).toBeVisible({ timeout: 40_000 })
  // in their order; a packet may arrive twice
  const arrived = [...new Set(values().filter((value) => value.startsWith('2.')))]
  expect(arrived).toEqual(['2.01', '2.02', '2.03'])
  await keepLook(page, 'forwarding-target')

  // every page of it, in every look
  const address = page.url()
  for (const [language, size, theme] of [
    ['en', DESKTOP, 'dark'],
    ['zh-CN', PHONE, 'dark'],
    ['zh-CN', PHONE, 'light'],
  ] as const) {
    await page.evaluate(
      ([chosenLanguage, chosenTheme]) =>
        localStorage.setItem(
          'qingshan.preferences',
          JSON.stringify({ language: chosenLanguage, theme: chosenTheme, isSoundOn: false }),
        ),
      [language, theme] as const,
    )
    await page.setViewportSize(size)
    for (const [name, path] of [
      ['list', `${server.url}/forwarding`],
      ['devices', address],
      ['failures', `${address.split('?')[0]}?part=failures`],
    ] as const) {
      await page.goto(path)
      await settle(page)
      await expectNoSidewaysScroll(page)
      await expectTranslated(page)
      await keepLook(page, `forwarding-${name}-${language}-${size.width}-${theme}`)
    }
  }
})

test('a packet that the superior alone ignores is listed and sent again', async ({
  servers,
  connect,
  superior,
  page,
}) => {
  test.setTimeout(150_000)
  const server = await servers.startQuiet()
  const [ignored, heard] = [server.takeOutlet(), server.takeOutlet()]
  await prefer(page, 'zh-CN')
  superior.ignored.add(ignored.mn)
  interface Made {
    target: { id: number }
  }
  const { target } = await server.send<Made>('POST', '/forwarding-targets', {
    name: '市级备份（试验）',
    ...superior.address,
    is_enabled: true,
    encoding: 'original',
    waits_for_acknowledgement: true,
    acknowledgement_timeout_s: 1,
    resends: 0,
    forwards_all_devices: true,
    passes_commands_down: false,
  })
  await page.goto(`${server.url}/forwarding/${target.id}?part=failures`)
  await expect(page.getByText('没有未送达的报文')).toBeVisible()
  await expect(page.getByText('已连接').first()).toBeVisible()
  const device = await connect(server, ignored)
  await device.sendRealtime({ [FACTORS.dust]: '3.01' }, Date.now())
  const row = page.getByRole('row').filter({ hasText: ignored.mn })
  // another logger is acknowledged meanwhile: the superior is there
  const other = await connect(server, heard)
  await expect(async () => {
    await other.sendRealtime({ [FACTORS.dust]: '1.01' }, Date.now())
    await expect(row.first()).toContainText('上级不应答这条报文', { timeout: 1_000 })
  }).toPass({ timeout: 60_000 })
  await keepLook(page, 'forwarding-failures')
  superior.ignored.clear()
  const before = superior.of(ignored.mn).length
  await row.first().getByRole('button', { name: '重新发送' }).click()
  await expect(row).toHaveCount(0, { timeout: 20_000 })
  expect(superior.of(ignored.mn).length).toBeGreaterThan(before)
})
