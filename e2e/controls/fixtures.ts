/** What every browser test starts from: a server, a page that may not complain, a logger. */
import { type Page, expect, test as base } from '@playwright/test'
import { Device } from './device.ts'
import type { Outlet } from './register.ts'
import { Server } from './server.ts'

interface Logger {
  outlet: Outlet
  pointId: number
  device: Device
}

interface TestFixtures {
  /** Errors of the page that a test provokes on purpose. */
  allowedErrors: RegExp[]
  /** Whether the browser is signed in, as the tester, to the servers that it goes to. */
  isSignedIn: boolean
  /** An outlet of this test alone, with its logger connected. */
  logger: Logger
}

interface WorkerFixtures {
  city: Server
  empty: Server
}

/** Collects what the page writes as an error. */
export function watchErrors(page: Page): string[] {
  const errors: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text())
    if (message.type() === 'warning' && /\[(intlify|Vue)/.test(message.text()))
      errors.push(message.text())
  })
  page.on('pageerror', (error) => errors.push(String(error)))
  return errors
}

/** All servers of the tests are one host to a browser: it has the session of where it goes. */
function signInOnTheWay(page: Page): void {
  const goto = page.goto.bind(page)
  page.goto = async (url, options) => {
    const server = Server.running.find((one) => url.startsWith(one.url))
    if (server !== undefined) await page.context().addCookies([server.cookie()])
    return goto(url, options)
  }
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  allowedErrors: [[], { option: true }],
  isSignedIn: [true, { option: true }],
  city: [
    async ({}, use) => {
      const server = await Server.startWithCity()
      await use(server)
      await server.stop()
    },
    { scope: 'worker', timeout: 60_000 },
  ],
  empty: [
    async ({}, use) => {
      const server = await Server.startEmpty()
      await use(server)
      await server.stop()
    },
    { scope: 'worker', timeout: 60_000 },
  ],
  logger: async ({ city }, use) => {
    const outlet = city.takeOutlet()
    const pointId = await city.pointId(outlet)
    const device = await Device.connect(city.gatewayPort, outlet)
    await use({ outlet, pointId, device })
    device.close()
  },
  page: async ({ page, allowedErrors, isSignedIn }, use) => {
    const errors = watchErrors(page)
    if (isSignedIn) signInOnTheWay(page)
    await use(page)
    const unexpected = errors.filter((text) => !allowedErrors.some((allowed) => allowed.test(text)))
    expect(unexpected, 'the console has no errors').toEqual([])
  },
})

export { expect }
