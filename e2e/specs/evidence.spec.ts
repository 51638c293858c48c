// A bundle of evidence leaves the platform as a file that proves itself, and that shows a change.
import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from '../controls/fixtures.ts'
import { compactTime } from '../controls/frame.ts'
import { FACTORS } from '../controls/register.ts'
import { Server } from '../controls/server.ts'

const HOUR_MS = 3_600_000

test('exports what proves the values of a point, to be checked without the platform', async ({
  city,
  logger,
  page,
}, testInfo) => {
  const hour = compactTime(Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 3 * HOUR_MS, 14)
  const area = `DataTime=${hour};${FACTORS.nitrogenOxides}-Avg=52.70,${FACTORS.nitrogenOxides}-Flag=N`
  const frame = logger.device.frame(logger.device.nextRequest(), '2061', area)
  logger.device.sendBytes(frame)
  await page.goto(`${city.url}/points/${logger.pointId}?kind=hour`)
  const link = page.getByRole('link', { name: '导出证据包' })
  await expect(link).toBeVisible()
  interface Records {
    records: { values: { avg: string }[] }[]
  }
  const path = `/points/${logger.pointId}/records?kind=hour&from=2020-01-01&to=2100-01-01`
  await expect
    .poll(async () => (await city.get<Records>(path)).records[0]?.values[0]?.avg)
    .toBe('52.70')

  const coming = page.waitForEvent('download')
  await link.click()
  const download = await coming
  expect(download.suggestedFilename()).toMatch(/^evidence-\d+-.*\.zip$/)
  const file = testInfo.outputPath('evidence.zip')
  await download.saveAs(file)
  const whole = Server.ask(['evidence', 'verify', file])
  expect(whole.output).toContain('1 packets')
  expect(whole.output).toContain('nothing was changed')
  expect(whole.isWell).toBe(true)

  // one byte of the batch that was carried away, not of the archive around it
  const bytes = readFileSync(file)
  const name = bytes.indexOf('journal/')
  expect(name).toBeGreaterThan(0)
  const place = bytes.indexOf('.batch', name) + '.batch'.length + 100
  bytes.writeUInt8(bytes.readUInt8(place) ^ 0x01, place)
  const changed = testInfo.outputPath('changed.zip')
  writeFileSync(changed, bytes)
  expect(Server.ask(['evidence', 'verify', changed]).isWell).toBe(false)
})
