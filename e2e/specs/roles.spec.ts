// What somebody may not do is neither offered to them nor asked for on their behalf.
import { Crawl, kindOf } from '../controls/crawl.ts'
import { expect, test } from '../controls/fixtures.ts'
import { prefer } from '../controls/look.ts'
import type { Person } from '../controls/rights.ts'
import { DEMO_PASSWORD, type Server } from '../controls/server.ts'
import { ALL_PAGES } from '../pages/all-pages.ts'

// a change that was held back, what a person of one county cannot find; refusals are counted below
test.use({ isSignedIn: false, allowedErrors: [/status of (409|404|403)/] })

/** What must have been found behind some control, or nothing was really pressed. */
const SURELY_BEHIND = [
  'POST /sites',
  'PUT /sites/{id}',
  'DELETE /sites/{id}',
  'POST /devices',
  'DELETE /devices/{id}',
  'POST /site-files/import',
  'POST /map/layers/{name}/preview',
  'POST /quarantine/{mn}/discard',
  'POST /quarantine/{mn}/ignore',
  'POST /alarm-rules/backtest',
  'POST /duty/shifts',
  'PUT /retention/{kind}',
  'POST /plan/values',
  'POST /plan/values/{id}/check',
  'POST /forwarding-targets',
  'POST /accounts',
  'GET /points/{id}/series.csv',
  'GET /points/{id}/evidence.zip',
  'GET /reports/exceedances.xlsx',
  'GET /reports/duty.xlsx',
  'GET /reports/rates.csv',
]

/** One of each thing that pages have buttons for. */
async function prepare(city: Server): Promise<void> {
  interface Answer {
    plan: { measures: { id: string }[] }
  }
  const { plan } = await city.get<Answer>('/plan')
  await city.send('POST', '/plan/values', {
    id: crypto.randomUUID(),
    measure: plan.measures[0]?.id,
    region: '430400',
    year: 2016,
    value: '7',
    evidence: '模拟',
    simulated: true,
  })
}

test('no role is offered or asks for what it may not do', async ({ city, connect, page }) => {
  test.setTimeout(900_000)
  await city.awaitCity()
  const stranger = await connect(city, { mn: 'STRANGER0000000000000077', password: '000000' })
  const area = 'DataTime=20261101000000;a21002-Rtd=1.0'
  stranger.sendBytes(stranger.frame(stranger.nextRequest(), '2011', area))
  await prepare(city)
  await prefer(page, 'zh-CN')
  const answer = await fetch(`${city.url}/api/v1/session`)
  interface Demo {
    session: { demo: { accounts: { name: string }[] } }
  }
  const { accounts } = ((await answer.json()) as Demo).session.demo
  expect(accounts.length).toBeGreaterThan(12)

  const crawl = new Crawl(page, city.url)
  await crawl.listen()
  for (const { name } of accounts) {
    await test.step(name, async () => {
      const value = await city.signIn(name, DEMO_PASSWORD)
      await page.context().addCookies([{ ...city.cookie(), value }])
      await crawl.walk(await personOf(city, name, value))
    })
  }
  expect([...new Set(crawl.faults)]).toEqual([])

  const found = new Set([...crawl.behind.values()].flatMap((operations) => [...operations]))
  expect(
    SURELY_BEHIND.filter((one) => !found.has(one)),
    'behind no control',
  ).toEqual([])
  const pages = ALL_PAGES.map(({ path }) => kindOf(path)).filter(
    (path) => !path.includes('no-such'),
  )
  expect(
    pages.filter((path) => !crawl.seen.has(path)),
    'not come upon',
  ).toEqual([])
})

async function personOf(city: Server, name: string, cookie: string): Promise<Person> {
  const answer = await fetch(`${city.url}/api/v1/session`, {
    headers: { cookie: `qingshan_session=${cookie}` },
  })
  interface Answer {
    session: { permissions: string[]; account: { scope: { kind: string } } }
  }
  const { permissions, account } = ((await answer.json()) as Answer).session
  return { name, permissions, isCityWide: account.scope.kind === 'everything' }
}
