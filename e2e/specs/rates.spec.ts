// Rates: from the figure of a month down to the hour, the reason and the packet.
import { dayBack } from '../controls/day.ts'
import { expect, test } from '../controls/fixtures.ts'
import { prefer, settle } from '../controls/look.ts'
import { FACTORS } from '../controls/register.ts'

interface Hours {
  due_values: number
  valid_values: number
  hours: { values: { state: string }[] }[]
}

test('a rate is opened down to its hours, their reasons and a packet', async ({ city, page }) => {
  test.setTimeout(120_000)
  await city.awaitCity()
  await prefer(page, 'zh-CN')
  const day = dayBack(1)
  const cell = page.getByRole('button', { name: new RegExp(`^${day}：[1-9]`) }).first()
  const whole = page.locator('.rates > div').first()
  // the figure of the month is what the hours of its days come to, as soon as rates have followed
  // the history of the city
  await expect(async () => {
    await page.goto(`${city.url}/rates?level=point&month=${day.slice(0, 7)}&medium=waste_gas`)
    await settle(page)
    await expect(cell).toBeVisible({ timeout: 1_000 })
    const [, said = ''] = ((await cell.getAttribute('aria-label')) ?? '').split('：')
    await cell.click()
    await expect(whole).toContainText(`传输有效率${said}`, { timeout: 1_000 })
  }).toPass({ timeout: 90_000 })
  await expect(page).toHaveURL(new RegExp(`/rates/\\d+/${day}$`))
  const [, pointId] = /rates\/(\d+)\//.exec(page.url()) ?? []
  const hours = await city.get<Hours>(`/rates/inputs?point_id=${pointId}&day=${day}`)
  const table = page.getByRole('region', { name: '小时数据明细' }).getByRole('table')
  const valid = table.getByRole('link', { name: '有效' })
  await expect(valid).toHaveCount(hours.valid_values)
  expect(hours.valid_values).toBeGreaterThan(0)

  await valid.first().click()
  await expect(page).toHaveURL(/\/packets\/\d+/)
  await expect(page.locator('main')).toContainText('CN=2061')
})

test('what is missing is named by factor and hour, and late data take it off', async ({
  servers,
  connect,
  page,
}) => {
  test.setTimeout(120_000)
  const server = await servers.startQuiet()
  const outlet = server.takeOutlet()
  const pointId = await server.pointId(outlet)
  // not yesterday: after midnight its last hours are still on their way
  const day = dayBack(2)
  await prefer(page, 'zh-CN')
  await page.goto(`${server.url}/rates/${pointId}/${day}`)
  const problems = page.locator('main .problems')
  await expect(problems).toContainText('缺失 24 小时（0–23）')
  const row = page.getByRole('row').filter({ hasText: '氮氧化物' })
  await expect(row.getByRole('cell', { name: '缺失' })).toHaveCount(24)

  const device = await connect(server, outlet)
  const area = Object.values(FACTORS).map((code) => `${code}-Avg=10.5,${code}-Flag=N`)
  const time = `${day.replaceAll('-', '')}050000`
  const sent = device.frame(device.nextRequest(), '2061', [`DataTime=${time}`, ...area].join(';'))
  device.sendBytes(sent)
  await expect(async () => {
    await page.reload()
    await settle(page)
    await expect(row.getByRole('link', { name: '有效' })).toHaveCount(1, { timeout: 500 })
  }).toPass()
  await expect(row.getByRole('cell', { name: '缺失' })).toHaveCount(23)
  await expect(problems).toContainText('缺失 23 小时')

  // and the rate of the month follows
  const figure = page.getByRole('button', { name: new RegExp(`^${day}：4\\.17%`) })
  await expect(async () => {
    await page.goto(`${server.url}/rates?level=point&month=${day.slice(0, 7)}`)
    await settle(page)
    await expect(figure).toBeVisible({ timeout: 1_000 })
  }).toPass({ timeout: 60_000 })
})
