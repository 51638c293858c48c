/** What every browser test starts from: a server, a page that may not complain, a logger. */
import { type Page, expect, test as base } from '@playwright/test'
import { Device, type Identity } from './device.ts'
import type { Outlet } from './register.ts'
import { Server } from './server.ts'
import { Superior } from './superior.ts'

interface Logger {
  outlet: Outlet
  pointId: number
  device: Device
}

/** Starts servers that one test has to itself: they are stopped after it, however it ends. */
export interface Servers {
  startQuiet(settings?: Record<string, string>): Promise<Server>
  startEmpty(settings?: Record<string, string>): Promise<Server>
  startKnown(settingsOf: (url: string) => Record<string, string>): Promise<Server>
}

interface TestFixtures {
  /** Errors of the page that a test provokes on purpose. */
  allowedErrors: RegExp[]
  /** Whether the browser is signed in, as the tester, to the servers that it goes to. */
  isSignedIn: boolean
  /** An outlet of this test alone, with its logger connected. */
  logger: Logger
  servers: Servers
  /** Connects a logger of whatever identity; it goes away with the test. */
  connect: (server: Server, identity: Identity) => Promise<Device>
  /** A superior platform of this test alone. */
  superior: Superior
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
  connect: async ({}, use) => {
    const devices: Device[] = []
    await use(async (server, identity) => {
      const device = await Device.connect(server.gatewayPort, identity)
      devices.push(device)
      return device
    })
    for (const device of devices) device.close()
  },
  logger: async ({ city, connect }, use) => {
    const outlet = city.takeOutlet()
    const pointId = await city.pointId(outlet)
    await use({ outlet, pointId, device: await connect(city, outlet) })
  },
  servers: async ({}, use) => {
    const started: Server[] = []
    const keep = async (starting: Promise<Server>): Promise<Server> => {
      const server = await starting
      started.push(server)
      return server
    }
    await use({
      startQuiet: (settings) => keep(Server.startQuiet(settings)),
      startEmpty: (settings) => keep(Server.startEmpty(settings)),
      startKnown: (settingsOf) => keep(Server.startKnown(settingsOf)),
    })
    const ends = await Promise.allSettled(started.map((server) => server.stop()))
    for (const end of ends) if (end.status === 'rejected') throw end.reason
  },
  superior: async ({}, use) => {
    const superior = await Superior.start()
    await use(superior)
    await superior.stop()
  },
  // the page goes before the servers: a live stream that a server cuts is an error in its console
  page: async ({ page, servers, allowedErrors, isSignedIn }, use) => {
    void servers
    const errors = watchErrors(page)
    if (isSignedIn) signInOnTheWay(page)
    await use(page)
    await page.close()
    const unexpected = errors.filter((text) => !allowedErrors.some((allowed) => allowed.test(text)))
    expect(unexpected, 'the console has no errors').toEqual([])
  },
})

export { expect }
