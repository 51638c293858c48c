// From a packet over TCP to the point page, and from a value back to its bytes.
import { expect, test } from '../controls/fixtures.ts'
import { FACTORS } from '../controls/register.ts'

test('shows a value within two seconds of its packet and opens it down to its bytes', async ({
  city,
  logger,
  page,
}) => {
  await page.goto(`${city.url}/points/${logger.pointId}`)
  await expect(page.getByRole('heading', { level: 1 })).toContainText(logger.outlet.nameZh)
  await expect(page.getByRole('banner').getByRole('status')).toContainText('实时')

  const frame = await logger.device.sendRealtime(
    { [FACTORS.nitrogenOxides]: '31.47', [FACTORS.sulfurDioxide]: '8.05', [FACTORS.dust]: '2.10' },
    Date.now(),
  )
  await expect(page.getByText('31.47').first()).toBeVisible({ timeout: 2_000 })

  // digits stay as the device wrote them
  await expect(page.getByText('2.10').first()).toBeVisible()
  await page.getByRole('link', { name: /氮氧化物.*31\.47/ }).click()
  await expect(page).toHaveURL(/\/packets\/\d+$/)
  const shown = frame.trim().replace(/PW=[^;]*;/, 'PW=******;')
  await expect(page.getByText(shown)).toBeVisible()
  await expect(page.getByText('a21002-Rtd').first()).toBeVisible()
})
