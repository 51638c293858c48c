// The live connection: lost and found again, and the sound of a new alarm.
import type { Device } from '../controls/device.ts'
import { expect, test } from '../controls/fixtures.ts'
import { expectLive } from '../controls/live.ts'
import { prefer } from '../controls/look.ts'
import { FACTORS } from '../controls/register.ts'

const record = (nitrogenOxides: string): Record<string, string> => ({
  [FACTORS.nitrogenOxides]: nitrogenOxides,
  [FACTORS.sulfurDioxide]: '12.0',
  [FACTORS.dust]: '3.1',
})

/** Three values in a row over the limit, as the rule orders. */
async function exceed(device: Device): Promise<void> {
  const now = Date.now()
  for (const before of [120_000, 60_000, 0]) await device.sendRealtime(record('68.2'), now - before)
  device.close()
}

test.describe('a server that is stopped', () => {
  test.use({ allowedErrors: [/ERR_|Failed to load resource/] })

  test('is said to be away, and what was missed is there when it is back', async ({
    servers,
    connect,
    page,
  }) => {
    test.setTimeout(90_000)
    const server = await servers.startQuiet()
    const outlet = server.takeOutlet()
    const before = await connect(server, outlet)
    await before.sendRealtime(record('31.25'), Date.now())
    await prefer(page, 'zh-CN')
    await page.goto(`${server.url}/points/${await server.pointId(outlet)}`)
    const main = page.locator('main')
    await expect(main.getByText('31.25').first()).toBeVisible()
    const banner = page.getByRole('alert').filter({ hasText: '实时连接已中断' })
    await expect(banner).toHaveCount(0)

    await server.pause()
    await expect(banner).toBeVisible()
    // what was shown stays to be read
    await expect(main.getByText('31.25').first()).toBeVisible()

    await server.resume()
    // it comes at once, most likely before the page has its connection again
    const after = await connect(server, outlet)
    await after.sendRealtime(record('32.75'), Date.now())
    await expect(main.getByText('32.75').first()).toBeVisible({ timeout: 20_000 })
    await expect(banner).toHaveCount(0)
    // and it is live again
    await expectLive(
      ['33.50', '34.25', '35.75'],
      (value) => after.sendRealtime(record(value), Date.now()),
      (value) => main.getByText(value).first(),
    )
  })
})

test('a new alarm rings when the bell is on, and only then', async ({ servers, connect, page }) => {
  test.setTimeout(90_000)
  const server = await servers.startQuiet()
  await prefer(page, 'zh-CN')
  // tones are counted where they would be heard
  await page.addInitScript(() => {
    const tones: number[] = []
    Object.assign(window, { tones })
    const begin = OscillatorNode.prototype.start
    OscillatorNode.prototype.start = function (when?: number) {
      tones.push(this.frequency.value)
      begin.call(this, when)
    }
  })
  const tones = (): Promise<number> =>
    page.evaluate(() => (window as unknown as { tones: number[] }).tones.length)
  await page.goto(`${server.url}/alarms`)
  const rows = page.getByRole('row').filter({ hasText: '超上限' })
  await exceed(await connect(server, server.takeOutlet()))
  await expect(rows).toHaveCount(1)
  expect(await tones()).toBe(0)

  await page.getByRole('button', { name: '报警声音：关' }).click()
  await expect(page.getByRole('button', { name: '报警声音：开' })).toBeVisible()
  // a sample of the sound, as it was turned on
  await expect.poll(tones).toBe(2)
  await exceed(await connect(server, server.takeOutlet()))
  await expect(rows).toHaveCount(2)
  await expect.poll(tones).toBe(4)
})

test('the desk is handed over with its log and the alarms that are open', async ({
  servers,
  connect,
  page,
}) => {
  test.setTimeout(90_000)
  const server = await servers.startQuiet()
  await prefer(page, 'zh-CN')
  await page.goto(`${server.url}/duty`)
  await page.getByLabel('值班员').fill('张明')
  await page.getByRole('button', { name: '开始当班' }).click()
  await page.getByLabel('新记录').fill('14:20 致电企业，答复正在检修')
  await page.getByRole('button', { name: '记录' }).click()
  await exceed(await connect(server, server.takeOutlet()))
  await expect(page.getByText('超上限').first()).toBeVisible()
  await page.reload()

  await page.getByRole('button', { name: '交班' }).click()
  const dialog = page.getByRole('form', { name: '交接班' })
  await expect(dialog).toContainText('目前 1 起未办结报警')
  await expect(dialog.getByRole('button', { name: '交班' })).toBeDisabled()
  await dialog.getByLabel('接班人').fill('李红')
  await dialog.getByLabel('交接事项').fill('一号排口超标，企业在查')
  await dialog.getByRole('button', { name: '交班' }).click()

  await expect(page.getByRole('heading', { name: '当班：李红' })).toBeVisible()
  const ended = page.getByRole('row').filter({ hasText: '张明' })
  await expect(ended).toContainText('李红')
  await expect(ended).toContainText('一号排口超标，企业在查')
  await expect(ended.getByRole('cell', { name: '1', exact: true })).toBeVisible()
  await ended.getByRole('button', { name: '张明' }).click()
  await expect(page.getByText('答复正在检修')).toBeVisible()
})
