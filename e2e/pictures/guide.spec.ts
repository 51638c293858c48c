// Takes the pictures of docs/guide from the simulated city, in both languages.
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Page } from '@playwright/test'
import { expect, test } from '../controls/fixtures.ts'
import { prefer, settle } from '../controls/look.ts'

const GUIDE = resolve(import.meta.dirname, '../../docs/guide')
const LANGUAGES = ['zh-CN', 'en'] as const
/** Pages as they are, by the name of the picture. */
const PLAIN: readonly [name: string, path: string][] = [
  ['overview', '/'],
  ['map-list', '/map?view=list&medium=air'],
  ['alarms', '/alarms'],
  ['duty', '/duty'],
  ['rates', '/rates'],
  ['quarantine', '/quarantine'],
  ['layers', '/map/layers'],
  ['packets', '/packets'],
  ['rules', '/alarm-rules'],
  ['devices', '/devices'],
  ['site-files', '/site-files'],
]

test.use({ viewport: { width: 1280, height: 800 } })

for (const language of LANGUAGES) {
  test(`pictures in ${language}`, async ({ city, page }) => {
    const folder = join(GUIDE, language, 'pictures')
    mkdirSync(folder, { recursive: true })
    await city.awaitCity()
    interface Rates {
      rates: { received_values: number }[]
    }
    await expect
      .poll(
        async () =>
          (await city.get<Rates>('/rates?level=all&period=month')).rates[0]?.received_values,
        { timeout: 120_000 },
      )
      .toBeGreaterThan(0)
    await prefer(page, language)
    const take = async (name: string): Promise<void> => {
      await settle(page)
      await calm(page)
      await page.screenshot({ path: join(folder, `${name}.png`) })
    }
    for (const [name, path] of PLAIN) {
      await page.goto(`${city.url}${path}`)
      await take(name)
    }
    await page.goto(`${city.url}/map`)
    await expect(page.locator('.county-name').first()).toBeVisible()
    await expect(page.locator('.cluster-count').first()).toBeVisible({ timeout: 30_000 })
    await take('map')

    await page.goto(`${city.url}/points/1?kind=hour`)
    await settle(page)
    await page.locator('canvas').first().scrollIntoViewIfNeeded()
    await take('point')

    const { packets } = await city.get<{ packets: { id: string }[] }>('/packets?limit=1')
    await page.goto(`${city.url}/packets/${packets[0]?.id ?? ''}`)
    await take('packet')

    interface Senders {
      senders: { mn: string; device_id: number | null; kept: number }[]
    }
    const { senders } = await city.get<Senders>('/quarantine')
    const stranger = senders.find((sender) => sender.device_id === null && sender.kept > 0)
    await page.goto(`${city.url}/quarantine/${stranger?.mn ?? ''}`)
    await take('register')
  })
}

/** Lets charts and maps finish what they draw. */
async function calm(page: Page): Promise<void> {
  await page.evaluate(
    () => new Promise((resolve) => requestIdleCallback(resolve, { timeout: 3_000 })),
  )
}
