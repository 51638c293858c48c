// Verdicts: hours of a real device become an index, it is opened down to its packets, and a correction
// says what it changed.
import { dayBack } from '../controls/day.ts'
import { Device, type Identity } from '../controls/device.ts'
import { expect, test } from '../controls/fixtures.ts'
import { prefer, settle } from '../controls/look.ts'
import { Server } from '../controls/server.ts'

const STATION: Identity = { mn: 'TRIALAIR0000000000000001', password: '123456' }
const FACTORS = [
  ['a21026', 'ug/m3', '12'],
  ['a21004', 'ug/m3', '30'],
  ['a21005', 'mg/m3', '0.8'],
  ['a05024', 'ug/m3', '90'],
  ['a34002', 'ug/m3', '60'],
  ['a34004', 'ug/m3', '35'],
] as const

/** An air station with a logger of its own; the number of its point. */
async function createStation(server: Server): Promise<number> {
  const { site } = await server.send<{ site: { id: number } }>('POST', '/sites', {
    code: 'TRIAL-AIR',
    region_code: '430408',
    kind: 'air_station',
    name_zh: '模拟试验空气站',
    name_en: 'Simulated trial air station',
    is_simulated: true,
  })
  const { point } = await server.send<{ point: { id: number } }>(
    'POST',
    `/sites/${site.id}/points`,
    {
      code: 'S1',
      medium: 'air',
      name_zh: '空气自动监测',
      name_en: 'Air monitor',
      period_label: 'start',
      is_hour_expected: false,
      is_day_expected: false,
      is_enabled: true,
    },
  )
  for (const [order, [factor_code, unit]] of FACTORS.entries())
    await server.send('POST', `/points/${point.id}/factors`, {
      factor_code,
      unit,
      decimals: factor_code === 'a21005' ? 1 : 0,
      sort_order: order,
      is_expected: true,
    })
  await server.send('POST', '/devices', {
    mn: STATION.mn,
    name: '模拟数采仪',
    edition: '2017',
    system_type: '22',
    is_enabled: true,
    is_simulated: true,
    password: STATION.password,
    channels: [{ point_id: point.id }],
  })
  return point.id
}

function sendHour(device: Device, day: string, hour: number, values: readonly string[]): void {
  const time = `${day.replaceAll('-', '')}${String(hour).padStart(2, '0')}0000`
  const area = FACTORS.map(([code], at) => `${code}-Avg=${values[at] ?? ''},${code}-Flag=N`)
  device.sendBytes(
    device.frame(device.nextRequest(), '2061', [`DataTime=${time}`, ...area].join(';')),
  )
}

test('an index is opened to its packets, and a correction says what it changed', async ({
  page,
}) => {
  test.setTimeout(120_000)
  const server = await Server.startQuiet()
  const pointId = await createStation(server)
  const day = dayBack(1)
  const values = FACTORS.map(([, , value]) => value)
  const device = await Device.connect(server.gatewayPort, STATION)
  for (let hour = 0; hour < 24; hour += 1) sendHour(device, day, hour, values)

  await prefer(page, 'zh-CN')
  await page.goto(`${server.url}/points/${pointId}?year=${day.slice(0, 4)}`)
  await settle(page)
  // PM10 of 60 by HJ 633-2026: (100 - 50) ÷ (120 - 50) × (60 - 50) + 50 = 57.1…, up to 58
  const grid = page.getByRole('group', { name: '按日的评价结果' })
  const cell = grid.getByRole('button', { name: `${day}：AQI 58 · 良` })
  await expect(cell).toBeVisible({ timeout: 60_000 })
  await cell.click()
  await expect(page).toHaveURL(new RegExp(`/points/${pointId}/verdicts/day/${day}$`))
  await expect(page.getByText('由现存记录重新计算，结果与所存评价一致。')).toBeVisible()
  await expect(page.getByText('AQI 58 属 二级（良，黄色）。')).toBeVisible()
  const inputs = page.getByRole('region', { name: '输入数据' }).getByRole('table')
  await expect(inputs.getByRole('link', { name: '原始报文' })).toHaveCount(24 * FACTORS.length)
  await inputs.getByRole('link', { name: '原始报文' }).first().click()
  await expect(page).toHaveURL(/\/packets\/\d+/)
  await expect(page.locator('main')).toContainText('CN=2061')

  // the page hears of the correction by itself
  await page.goto(`${server.url}/points/${pointId}?year=${day.slice(0, 4)}`)
  await settle(page)
  await expect(cell).toBeVisible()
  await page.locator('summary').filter({ hasText: '评价变更记录' }).click()
  await expect(page.getByText('没有变更记录')).toBeVisible()
  sendHour(device, day, 9, [...values.slice(0, 5), '260'])
  const changes = page.getByRole('region', { name: '评价变更记录' }).getByRole('table')
  const row = changes.getByRole('row').filter({ hasText: `小时 ${day} 09:00` })
  await expect(row).toHaveCount(1, { timeout: 60_000 })
  await expect(row.locator('del')).toContainText('AQI 58 · 良')
  await expect(row.locator('ins')).toContainText('AQI 310 · 严重污染')
  await row.getByRole('link', { name: '迟到或更正的报文' }).click()
  await expect(page.locator('main')).toContainText('a34004-Avg=260')

  device.close()
  await page.close()
  await server.stop()
})
