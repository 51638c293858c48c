// From a packet over TCP to the point page, and from a value back to its bytes.
import type { Locator } from '@playwright/test'
import { expect, test } from '../controls/fixtures.ts'
import { compactTime } from '../controls/frame.ts'
import { expectLive } from '../controls/live.ts'
import { prefer } from '../controls/look.ts'
import { FACTORS } from '../controls/register.ts'

const SECOND_MS = 1_000
const HOUR_MS = 3_600_000

/** Beijing time as a field of date and time takes it. */
function inputTime(at: number): string {
  return new Date(at + 8 * HOUR_MS).toISOString().slice(0, 19)
}

test('shows a value within two seconds of its packet and opens it down to its bytes', async ({
  city,
  logger,
  page,
}) => {
  await page.goto(`${city.url}/points/${logger.pointId}`)
  await expect(page.getByRole('heading', { level: 1 })).toContainText(logger.outlet.nameZh)
  await expect(page.getByRole('banner').getByRole('status')).toContainText('实时')

  let frame = ''
  const link = (value: string): Locator =>
    page.getByRole('link', { name: new RegExp(`氮氧化物.*${value.replace('.', '\\.')}`) })
  const shown = await expectLive(
    ['31.47', '31.57', '31.67'],
    async (value) => {
      frame = await logger.device.sendRealtime(
        {
          [FACTORS.nitrogenOxides]: value,
          [FACTORS.sulfurDioxide]: '8.05',
          [FACTORS.dust]: '2.10',
        },
        Date.now(),
      )
    },
    link,
  )

  // digits stay as the device wrote them
  await expect(page.getByText('2.10').first()).toBeVisible()
  await link(shown).click()
  await expect(page).toHaveURL(/\/packets\/\d+$/)
  const masked = frame.trim().replace(/PW=[^;]*;/, 'PW=******;')
  await expect(page.getByText(masked)).toBeVisible()
  await expect(page.getByText('a21002-Rtd').first()).toBeVisible()
})

test('shows what was known at an instant and what has changed since', async ({
  city,
  logger,
  page,
}) => {
  // an hour that came first with one value and was corrected afterwards
  const hour = compactTime(Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 2 * HOUR_MS, 14)
  const say = async (value: string): Promise<string> => {
    const area = `DataTime=${hour};${FACTORS.nitrogenOxides}-Avg=${value},${FACTORS.nitrogenOxides}-Flag=N`
    logger.device.sendBytes(logger.device.frame(logger.device.nextRequest(), '2061', area))
    const path = `/points/${logger.pointId}/records?kind=hour&from=2020-01-01&to=2100-01-01`
    interface Page {
      records: {
        received_at: string
        values: { factor_code: string; avg: string; packet_id: string }[]
      }[]
    }
    await expect
      .poll(async () => (await city.get<Page>(path)).records[0]?.values[0]?.avg)
      .toBe(value)
    return (await city.get<Page>(path)).records[0]?.received_at ?? ''
  }
  const first = await say('41.30')
  const then = Date.parse(first)
  // instants are given to the second: the correction comes in a later one
  await expect.poll(() => Date.now()).toBeGreaterThan(then + 2 * SECOND_MS)
  await say('38.75')

  await page.goto(`${city.url}/points/${logger.pointId}?kind=hour`)
  await page.getByRole('button', { name: '按当时所知' }).click()
  const banner = page.getByRole('status').filter({ hasText: '所掌握的数据' })
  await expect(banner).toBeVisible()
  await expect(page).toHaveURL(/known=/)
  const changes = page.getByRole('region', { name: '此后有变化的数据' }).last()
  // a day ago nothing had come
  await expect(changes.getByRole('row').filter({ hasText: '38.75' })).toContainText('未收到')

  await page.getByLabel('所知时间').fill(inputTime(then + SECOND_MS))
  await page.getByLabel('所知时间').press('Tab')
  const row = changes.getByRole('row').filter({ hasText: '38.75' })
  await expect(row).toContainText('41.30')
  // the address says all of it
  await page.reload()
  await expect(row).toContainText('41.30')
  await row.getByRole('link', { name: /收到的报文/ }).click()
  await expect(page).toHaveURL(/\/packets\/\d+$/)
  await expect(page.getByText(`${FACTORS.nitrogenOxides}-Avg=38.75`).first()).toBeVisible()
  await page.goBack()
  await page.getByRole('button', { name: '回到最新' }).click()
  await expect(banner).toHaveCount(0)
  await expect(page).not.toHaveURL(/known=/)
})

test.describe('what could not be asked for', () => {
  test.use({ allowedErrors: [/403/] })

  test('is not said to be absent, and a point that is not there has a way back', async ({
    city,
    page,
  }) => {
    await prefer(page, 'zh-CN')
    const { points } = await city.get<{ points: { id: number; medium: string }[] }>(
      '/points?limit=1000',
    )
    const air = points.find(({ medium }) => medium === 'air')?.id ?? 0
    await page.route(/api\/v1\/points\/\d+\/verdicts/, (route) =>
      route.fulfill({ status: 403, body: '' }),
    )
    await page.goto(`${city.url}/points/${air}`)
    const verdicts = page.getByRole('region', { name: '空气质量评价' }).first()
    await expect(verdicts.getByText('评价未能取得')).toBeVisible()
    await expect(verdicts.getByText('无评价', { exact: true })).toHaveCount(1)

    await page.route(`**/api/v1/points/${air}`, (route) => route.fulfill({ status: 403, body: '' }))
    await page.goto(`${city.url}/points/${air}`)
    await expect(page.getByRole('alert')).toBeVisible()
    await page.getByRole('main').getByRole('link', { name: '监测点位' }).click()
    await expect(page.getByRole('heading', { level: 1, name: '监测点位' })).toBeVisible()
  })
})
