/** Goes through the application as somebody and finds what stands behind its controls. */
import { type Page, expect } from '@playwright/test'
import { settle } from './look.ts'
import { type Person, mayAsk, operationOf } from './rights.ts'

/** What can be pressed, taken or filled with a file. */
const CONTROLS = 'main button, main a[download], main input[type="file"], main summary'
/** More pages than the application has kinds of. */
const MOST_PAGES = 90

/** One kind of a control on one kind of page. */
interface Control {
  key: string
  index: number
  tag: string
  href: string
}

/** Places of one kind have one name: numbers and identifiers are nothing to tell apart. */
export const kindOf = (path: string): string =>
  path
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '{n}')
    .replace(/(\/)(?:\d[\w-]*|[A-Z0-9]{12,})(?=[/?]|$)/g, '$1{n}')
    .replace(/\?(?!view=|part=).*$/, '')

/** What was found, over all people. */
export class Crawl {
  /** What each kind of control asks the server for when it is used. */
  readonly behind = new Map<string, Set<string>>()
  /** Kinds of pages that were seen. */
  readonly seen = new Set<string>()
  readonly faults: string[] = []
  private asked: string[] = []
  private person: Person = { name: '', permissions: [], isCityWide: false }
  private place = ''

  constructor(
    private readonly page: Page,
    private readonly url: string,
  ) {}

  /** Changes are held back, so that anything may be pressed; refusals are faults. */
  async listen(): Promise<void> {
    await this.page.addInitScript(() => {
      window.print = () => undefined
    })
    await this.page.route('**/api/v1/**', async (route) => {
      const request = route.request()
      if (request.method() === 'GET') return route.continue()
      this.asked.push(operationOf(request.method(), request.url()).name)
      return route.fulfill({
        status: 409,
        contentType: 'application/problem+json',
        body: JSON.stringify({ type: '', title: 'Held back', status: 409, code: 'conflict' }),
      })
    })
    this.page.on('response', (response) => {
      if (response.status() === 403)
        this.fault(`${response.request().method()} ${response.url().replace(this.url, '')} → 403`)
    })
  }

  /** Every page that is linked from the first one, each kind once. */
  async walk(person: Person): Promise<void> {
    this.person = person
    const waiting = ['/', '/profile']
    const known = new Set<string>(waiting)
    while (waiting.length > 0 && known.size < MOST_PAGES) {
      const path = waiting.shift() ?? '/'
      await this.open(path)
      if (await this.page.getByRole('heading', { name: '没有访问权限' }).count()) {
        this.fault('a link leads to a page that may not be opened')
        continue
      }
      for (const control of await this.controls()) await this.judge(control, path)
      for (const link of await this.links()) {
        if (known.has(kindOf(link))) continue
        known.add(kindOf(link))
        waiting.push(link)
      }
    }
    expect(known.size, 'pages by links').toBeLessThan(MOST_PAGES)
  }

  private fault(what: string): void {
    this.faults.push(`${this.person.name} at ${this.place}: ${what}`)
  }

  private async open(path: string): Promise<void> {
    this.place = kindOf(path)
    this.seen.add(this.place)
    await this.page.goto(`${this.url}${path}`, { waitUntil: 'domcontentloaded' })
    await settle(this.page)
  }

  private async links(): Promise<string[]> {
    return this.page.evaluate(() =>
      [...document.querySelectorAll<HTMLAnchorElement>('main a[href], nav a[href]')]
        .filter((link) => !link.hasAttribute('download') && link.checkVisibility())
        .filter((link) => new URL(link.href).origin === location.origin)
        .map((link) => new URL(link.href))
        .filter(({ pathname }) => !pathname.startsWith('/api/'))
        .map(({ pathname, search }) => `${pathname}${search}`),
    )
  }

  private async controls(): Promise<Control[]> {
    const all = await this.page.locator(CONTROLS).evaluateAll((elements) =>
      elements.map((element, index) => ({
        index,
        isShown: element.checkVisibility(),
        tag: element.tagName.toLowerCase(),
        name: element.getAttribute('aria-label') ?? element.textContent ?? '',
        href: element instanceof HTMLAnchorElement ? element.href : '',
      })),
    )
    const kinds = new Map<string, Control>()
    for (const { index, isShown, tag, name, href } of all) {
      const text = name.replace(/\s+/g, ' ').replace(/[\d.:-]+/g, '#')
      const key = `${this.place} | ${tag} ${text.trim().slice(0, 40)}`
      if (isShown && !kinds.has(key)) kinds.set(key, { key, index, tag, href })
    }
    return [...kinds.values()]
  }

  private async judge(control: Control, path: string): Promise<void> {
    let behind = this.behind.get(control.key)
    if (behind === undefined) {
      behind = new Set(await this.use(control))
      this.behind.set(control.key, behind)
      if (control.href === '') await this.open(path)
    }
    for (const name of behind) {
      const [method = '', template = ''] = name.split(' ')
      const operation = operationOf(method, `${this.url}/api/v1${template}`)
      if (!mayAsk(this.person, operation)) this.fault(`${control.key} leads to ${name}`)
    }
  }

  /** Uses a control for all it is worth; what it asked for. */
  private async use({ index, tag, href }: Control): Promise<string[]> {
    if (href !== '') return [operationOf('GET', href).name]
    this.asked = []
    const element = this.page.locator(CONTROLS).nth(index)
    if (tag === 'input') {
      const file = { name: 'a.geojson', mimeType: 'application/json', buffer: Buffer.from('{}') }
      await element.setInputFiles(file)
      await this.calm()
      return this.asked
    }
    await element.evaluate((one) => {
      // what waits for a field to be filled is used all the same
      if (one instanceof HTMLButtonElement) one.disabled = false
      ;(one as HTMLElement).click()
    })
    await this.calm()
    await this.page.evaluate(() => {
      for (const form of document.querySelectorAll('form')) {
        form.noValidate = true
        for (const button of form.querySelectorAll('button')) button.disabled = false
        form.requestSubmit()
      }
    })
    await this.calm()
    return this.asked
  }

  /** Until what was begun has been asked for: a turn of the page, and one of its frames. */
  private async calm(): Promise<void> {
    for (let turn = 0; turn < 3; turn += 1)
      await this.page.evaluate(
        () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0))),
      )
  }
}
