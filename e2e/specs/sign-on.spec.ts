// The bureau's own sign-on, with a real provider: first refused, linked by an administrator, in and out.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { type Servers, expect, test as base } from '../controls/fixtures.ts'
import {
  DESKTOP,
  PHONE,
  expectNoSidewaysScroll,
  expectTranslated,
  keepLook,
  prefer,
} from '../controls/look.ts'
import { Provider } from '../controls/provider.ts'
import { DEMO_PASSWORD, type Server, freePorts } from '../controls/server.ts'

const SECRET = 'a-secret-of-the-tests'
const TITLE = '统一身份认证登录'

interface Bureau {
  server: Server
  provider: Provider
}

/** A server with its provider; `creates` says whether newcomers get an account by their groups. */
async function open(servers: Servers, creates: boolean): Promise<Bureau> {
  const folder = mkdtempSync(join(tmpdir(), 'qingshan-sign-on-'))
  writeFileSync(join(folder, 'secret'), SECRET)
  const [port = 0] = await freePorts(1)
  const server = await servers.startKnown((url) => ({
    QINGSHAN__HTTP__PUBLIC_URL: url,
    QINGSHAN__SIGN_ON__ENABLED: 'true',
    QINGSHAN__SIGN_ON__ISSUER: `http://127.0.0.1:${port}`,
    QINGSHAN__SIGN_ON__CLIENT_ID: 'qingshan',
    QINGSHAN__SIGN_ON__CLIENT_SECRET_FILE: join(folder, 'secret'),
    QINGSHAN__SIGN_ON__SIGNS_OUT_THERE: 'true',
    ...(creates
      ? {
          QINGSHAN__SIGN_ON__CREATES_ACCOUNTS: 'true',
          QINGSHAN__SIGN_ON__GROUPS_CLAIM: 'groups',
          QINGSHAN__SIGN_ON__ROLES_OF_GROUPS: 'eco-duty=duty_officer',
        }
      : {}),
  }))
  rmSync(folder, { recursive: true })
  return { server, provider: await Provider.start(port, server.url, SECRET) }
}

const test = base.extend<{ bureau: Bureau; creating: Bureau }>({
  bureau: async ({ servers }, use) => {
    const bureau = await open(servers, false)
    await use(bureau)
    await bureau.provider.stop()
  },
  creating: async ({ servers }, use) => {
    const bureau = await open(servers, true)
    await use(bureau)
    await bureau.provider.stop()
  },
})

// the provider's own pages are not ours: they ask for fonts that are not there
test.use({
  isSignedIn: false,
  allowedErrors: [/^Failed to load resource|Content Security Policy/],
})

/** Types a name at the provider and agrees that this server may know it. */
async function passProvider(page: Page, bureau: Bureau, name: string): Promise<void> {
  await page.getByRole('link', { name: TITLE }).click()
  await expect(page).toHaveURL(new RegExp(`^${bureau.provider.issuer}/interaction/`))
  await page.getByPlaceholder('Enter any login').fill(name)
  await page.getByPlaceholder('and password').fill('whatever')
  await page.getByRole('button', { name: 'Sign-in' }).click()
  await page.getByRole('button', { name: 'Continue' }).click()
}

const menu = (page: Page) => page.getByRole('button', { name: /^账户：/ })

test('somebody who is not linked is told so, is linked by an administrator, comes in and goes out', async ({
  bureau,
  page,
  browser,
}) => {
  const { url } = bureau.server
  await prefer(page, 'zh-CN')
  await page.goto(`${url}/packets?limit=7`)
  await expect(page).toHaveURL(/\/sign-in\?to=/)
  await passProvider(page, bureau, 'li.hua')
  await expect(page).toHaveURL(`${url}/sign-in#sign-on=not_linked&subject=%6C%69%2E%68%75%61`)
  await expect(page.getByRole('alert')).toContainText('尚未绑定本系统账户')
  await expect(page.getByRole('alert').locator('code')).toHaveText('li.hua')

  const administrator = await browser.newPage()
  await prefer(administrator, 'zh-CN')
  await administrator.goto(`${url}/sign-in`)
  await administrator.getByLabel('用户名').fill('administrator')
  await administrator.getByLabel('密码', { exact: true }).fill(DEMO_PASSWORD)
  await administrator.getByRole('button', { name: '登录', exact: true }).click()
  await expect(menu(administrator)).toBeVisible()
  await administrator.goto(`${url}/accounts`)
  await administrator.getByRole('button', { name: '修改 值班员' }).click()
  await administrator.getByLabel('统一身份标识').fill('li.hua')
  await administrator.getByRole('button', { name: '保存' }).click()
  await expect(administrator.getByRole('dialog')).toHaveCount(0)

  // the provider still knows the person and asks nothing
  await page.goto(`${url}/sign-in?to=/packets%3Flimit%3D7`)
  await page.getByRole('link', { name: TITLE }).click()
  await expect(page).toHaveURL(`${url}/packets?limit=7`)
  await expect(menu(page)).toBeVisible()

  await menu(page).click()
  await page.getByRole('button', { name: '退出登录' }).click()
  await expect(page).toHaveURL(new RegExp(`^${bureau.provider.issuer}/session/end`))
  await page.getByRole('button', { name: 'Yes, sign me out' }).click()
  await expect(page).toHaveURL(`${url}/sign-in`)
  await page.goto(`${url}/packets`)
  await expect(page).toHaveURL(/\/sign-in/)

  await administrator.getByRole('button', { name: '修改 值班员' }).click()
  await administrator.getByRole('button', { name: '解除绑定' }).click()
  await administrator.getByRole('button', { name: '保存' }).click()
  await expect(administrator.getByRole('dialog')).toHaveCount(0)
  await administrator.close()
  await passProvider(page, bureau, 'li.hua')
  await expect(page.getByRole('alert')).toContainText('尚未绑定本系统账户')
})

test('a newcomer gets an account with the role of a group, and without one is told so', async ({
  creating,
  page,
}) => {
  const { url } = creating.server
  await prefer(page, 'zh-CN')
  await page.goto(`${url}/sign-in`)
  await passProvider(page, creating, 'li.hua')
  await expect(menu(page)).toContainText('李华')
  await page.context().clearCookies()
  await page.goto(`${url}/sign-in`)
  await passProvider(page, creating, 'zhao.liu')
  await expect(page.getByRole('alert')).toContainText('没有对应本系统的角色')
})

test('a provider that is away is told from a wrong password', async ({ bureau, page }) => {
  const { url } = bureau.server
  await bureau.provider.stop()
  await prefer(page, 'zh-CN')
  await page.goto(`${url}/sign-in`)
  await page.getByRole('link', { name: TITLE }).click()
  await expect(page.getByRole('alert')).toContainText('统一身份认证暂时无法访问')
})

for (const locale of ['zh-CN', 'en'] as const)
  for (const theme of ['light', 'dark'] as const)
    test(`the door looks right in ${locale} and ${theme}`, async ({ bureau, page }) => {
      await prefer(page, locale, theme)
      for (const size of [DESKTOP, PHONE]) {
        await page.setViewportSize(size)
        await page.goto(`${bureau.server.url}/sign-in#sign-on=not_linked&subject=li.hua`)
        await expect(page.getByRole('alert')).toBeVisible()
        await expectNoSidewaysScroll(page)
        await expectTranslated(page)
        await keepLook(page, `sign-on-${locale}-${theme}-${size.width}`)
      }
    })
