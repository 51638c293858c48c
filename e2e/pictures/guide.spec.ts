// Takes the pictures of docs/guide from the simulated city, in both languages.
import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Page } from '@playwright/test'
import { expect, test as base } from '../controls/fixtures.ts'
import { prefer, settle } from '../controls/look.ts'
import { PHOTOGRAPH } from '../controls/photograph.ts'
import { keepPicture } from '../controls/picture.ts'
import { Server } from '../controls/server.ts'
import { Superior } from '../controls/superior.ts'

const GUIDE = resolve(import.meta.dirname, '../../docs/guide')
const LANGUAGES = ['zh-CN', 'en'] as const
/** A month of hours, so that rates and curves look as they do in a running city. */
const HISTORY = { days: 31, minuteHours: 12, outlets: 0 }
/** Pages as they are, by the name of the picture. */
const PLAIN: readonly [name: string, path: string][] = [
  ['overview', '/'],
  ['map-list', '/map?view=list&medium=air'],
  ['layers', '/map/layers'],
  ['alarms', '/alarms'],
  ['rule', '/alarm-rules/1'],
  ['duty', '/duty'],
  ['rates', '/rates'],
  ['gaps', '/gaps'],
  ['marking-review', '/marking-review'],
  ['manual-samples', '/manual-samples'],
  ['quarantine', '/quarantine'],
  ['devices', '/devices'],
  ['commands', '/commands'],
  ['forwarding', '/forwarding'],
  ['sites', '/sites'],
  ['site', '/sites/1'],
  ['point-settings', '/sites/1/points/1'],
  ['organisations', '/organisations'],
  ['site-files', '/site-files'],
  ['plan', '/plan'],
  ['indicator', '/plan/indicators/city_good_air?year=2019'],
  ['reduction', '/plan?view=accounts'],
  ['tasks', '/tasks'],
  ['tasks-gantt', '/tasks?view=gantt'],
  ['projects', '/projects'],
  ['project-money', '/projects?view=money'],
]
/** Pages that the tester's roles do not see. */
const OF_ROLES: readonly [role: string, name: string, path: string][] = [
  ['enterprise-user', 'marking', '/marking'],
  ['administrator', 'accounts', '/accounts'],
  ['administrator', 'roles', '/roles'],
  ['administrator', 'profile', '/profile'],
  ['auditor', 'audit', '/audit'],
]
/** How long the loggers may take to send it. */
const HISTORY_MS = 600_000
/** What the enterprise says of the first that awaits marking. */
const MARKED = [
  ['monitor_fault', '模拟：采样泵停转，已更换'],
  ['calibration', '模拟：例行校准'],
] as const
/** So much of what a day owes is in when its figures are made. */
const RECEIVED_SHARE = 0.8

const test = base.extend<object, { city: Server }>({
  city: [
    async ({}, use) => {
      const server = await Server.startWithCity(HISTORY)
      const superior = await Superior.start()
      await prepare(server, superior)
      await use(server)
      await superior.stop()
      await server.stop()
    },
    { scope: 'worker', timeout: 2 * HISTORY_MS },
  ],
})

test.use({ viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1.5 })

for (const language of LANGUAGES) {
  test(`pictures in ${language}`, async ({ city, page, context }) => {
    const folder = join(GUIDE, language, 'pictures')
    mkdirSync(folder, { recursive: true })
    for (const old of readdirSync(folder)) rmSync(join(folder, old))
    const painter = await context.newPage()
    await prefer(page, language)
    const take = async (name: string, shown: Page = page): Promise<void> => {
      await settle(shown)
      await calm(shown)
      await keepPicture(shown, painter, join(folder, `${name}.webp`))
    }
    const open = (path: string) => page.goto(`${city.url}${path}`)
    for (const [name, path] of PLAIN) {
      await open(path)
      await take(name)
    }

    await open('/map')
    await expect(page.locator('.county-name').first()).toBeVisible()
    await expect(page.locator('.cluster-count').first()).toBeVisible({ timeout: 30_000 })
    await take('map')

    await open('/points/1?kind=hour')
    await settle(page)
    await expect(page.locator('canvas').first()).toBeVisible()
    await take('point')

    await open(`/points/${await firstAirPoint(city)}/verdicts/day/${beijingDay(-1)}`)
    await take('verdict')

    await open('/evaluations')
    const isChinese = language === 'zh-CN'
    await page
      .getByRole('button', { name: isChinese ? '填入示例' : 'Fill in an example' })
      .first()
      .click()
    await page.getByRole('button', { name: isChinese ? '评价' : 'Evaluate', exact: true }).click()
    await expect(
      page.getByRole('button', { name: isChinese ? '下载 CSV' : 'Download CSV' }),
    ).toBeVisible()
    await take('evaluations')

    await open('/evaluations?view=stored&rules_of=2020-01-01')
    await page
      .getByRole('button', { name: isChinese ? '开始试算' : 'Calculate', exact: true })
      .click()
    await expect(
      page.getByRole('region', { name: isChinese ? '会改变的评价' : 'What would turn' }),
    ).toContainText(isChinese ? '个点位' : 'Points looked at', { timeout: 60_000 })
    await page
      .getByRole('region', { name: isChinese ? '会改变的评价' : 'What would turn' })
      .evaluate((card) => card.scrollIntoView({ block: 'start' }))
    await take('simulation')

    const { packets } = await city.get<{ packets: { id: string }[] }>('/packets?limit=1')
    await open(`/packets/${packets[0]?.id ?? ''}`)
    await take('packet')

    interface Senders {
      senders: { mn: string; device_id: number | null; kept: number }[]
    }
    const { senders } = await city.get<Senders>('/quarantine')
    const stranger = senders.find((sender) => sender.device_id === null && sender.kept > 0)
    await open(`/quarantine/${stranger?.mn ?? ''}`)
    await take('register')

    const { commands } = await city.get<{ commands: { id: string; command: string }[] }>(
      '/commands?device=1',
    )
    await open(`/commands/${commands[0]?.id ?? ''}`)
    await take('command')

    const { targets } = await city.get<{
      targets: { id: number }[]
    }>('/forwarding-targets')
    await open(`/forwarding/${targets[0]?.id ?? ''}`)
    await take('forwarding-target')

    const { assessments } = await city.get<{ assessments: { id: string }[] }>('/assessments')
    await open(`/assessments/${assessments[0]?.id ?? ''}`)
    await take('assessment')

    // a page of its own: the one of the test signs the tester in wherever it goes
    const desk = await context.newPage()
    await prefer(desk, language)
    for (const [role, name, path] of OF_ROLES) {
      await context.addCookies([{ ...city.cookie(), value: await city.signIn(role) }])
      await desk.goto(`${city.url}${path}`)
      await expect(desk.getByRole('heading', { level: 1 })).toBeVisible()
      await take(name, desk)
    }
    await desk.close()
  })
}

/** What people would have done in this city, and the wait until all of it is there. */
async function prepare(city: Server, superior: Superior): Promise<void> {
  await city.send('POST', '/duty/shifts', { officer: '值班员01（模拟）' })
  await city.send('POST', '/duty/entries', {
    text: '模拟：08:20 致电企业，在线设备校准，预计 09:00 结束。',
  })
  await city.send('POST', '/organisations', {
    code: 'SIM-ORG-01',
    name_zh: '模拟能源集团',
    name_en: 'Simulated energy group',
    kind: 'enterprise',
    region_code: '430400',
    is_simulated: true,
  })
  await city.send('POST', '/forwarding-targets', {
    name: '省级平台（模拟）',
    ...superior.address,
    is_enabled: true,
    encoding: 'original',
    waits_for_acknowledgement: true,
    acknowledgement_timeout_s: 10,
    resends: 3,
    forwards_all_devices: true,
    passes_commands_down: false,
  })
  await city.awaitCity(HISTORY_MS)
  await city.send('POST', '/devices/1/commands', { command: 'get_clock' })
  const assessment = uuidOf(Date.now())
  await city.send('POST', '/assessments', { id: assessment, kind: 'final', year: 2020 })
  await city.send('POST', `/assessments/${assessment}/figures`, {})
  // every day of the month has its figures
  interface Rates {
    rates: { received_values: number; due_values: number }[]
  }
  const dayOfMonth = Number(beijingDay(0).slice(-2))
  await expect
    .poll(
      async () => {
        const { rates } = await city.get<Rates>('/rates?level=all&period=day')
        return rates.filter((day) => day.received_values > RECEIVED_SHARE * day.due_values).length
      },
      { timeout: HISTORY_MS, intervals: [5_000] },
    )
    .toBeGreaterThanOrEqual(dayOfMonth - 1)
  await markFaults(city)
  // verdicts follow the records from the oldest day on
  const point = await firstAirPoint(city)
  await expect
    .poll(
      async () => {
        const from = encodeURIComponent(`${beijingDay(-1)}T00:00:00+08:00`)
        return (await city.get<{ verdicts: unknown[] }>(`/points/${point}/verdicts?from=${from}`))
          .verdicts.length
      },
      { timeout: HISTORY_MS, intervals: [5_000] },
    )
    .toBeGreaterThan(0)
}

/** The enterprise marks two of what awaits it, one a fault that owes samples, and enters one of these. */
async function markFaults(city: Server): Promise<void> {
  interface Awaiting {
    place: { point_id: number }
    factors: { factor_code: string }[]
    from: string
    to: string
  }
  const enterprise = await city.signIn('enterprise-user')
  const { awaiting } = await city.get<{ awaiting: Awaiting[] }>('/markings/awaiting', enterprise)
  expect(awaiting.length).toBeGreaterThan(2)
  for (const [place, [code, reason]] of MARKED.entries()) {
    const one = awaiting[place]
    if (one === undefined) throw new Error('less awaits marking than is to be marked')
    const id = uuidOf(Date.now())
    const { place: of, from, to } = one
    const factor_code = one.factors.length === 1 ? one.factors[0]?.factor_code : null
    const marking = { id, point_id: of.point_id, code, factor_code, kind: null, from, to, reason }
    await city.send('POST', '/markings', marking, enterprise)
    const named = `/markings/${id}/files?name=${encodeURIComponent('现场照片（模拟）.png')}`
    await city.send('POST', named, PHOTOGRAPH, enterprise)
    if (code !== 'monitor_fault') continue
    const sample = {
      id: uuidOf(Date.now()),
      point_id: of.point_id,
      factor_code: one.factors[0]?.factor_code ?? 'a21026',
      sampled_at: from,
      value: '18',
      method: 'HJ 57-2017',
      laboratory: '模拟检测机构',
    }
    await city.send('POST', '/manual-samples', sample, enterprise)
  }
}

async function firstAirPoint(city: Server): Promise<number> {
  const { points } = await city.get<{ points: { id: number }[] }>('/points?medium=air&limit=1')
  expect(points).toHaveLength(1)
  return points[0]?.id ?? 0
}

/** The day in Beijing so many days from today. */
function beijingDay(offset: number): string {
  return new Date(Date.now() + 8 * 3_600_000 + offset * 86_400_000).toISOString().slice(0, 10)
}

/** A UUID v7 of a time. */
function uuidOf(ms: number): string {
  const time = ms.toString(16).padStart(12, '0')
  const random = randomUUID()
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(15)}`
}

/** Lets charts and maps finish what they draw. */
async function calm(page: Page): Promise<void> {
  await page.evaluate(
    () => new Promise((resolve) => requestIdleCallback(resolve, { timeout: 3_000 })),
  )
}
