// Signing in and out, what each role is shown, one's own account, the people and the trail.
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Page } from '@playwright/test'
import { expectAccess } from '../controls/access.ts'
import { expect, test } from '../controls/fixtures.ts'
import {
  DESKTOP,
  PHONE,
  expectNoSidewaysScroll,
  expectTranslated,
  keepLook,
  prefer,
  settle,
} from '../controls/look.ts'
import { DEMO_PASSWORD } from '../controls/server.ts'

test.use({
  isSignedIn: false,
  allowedErrors: [/the server responded with a status of (401|403|422)/],
})

/** The code of a second factor now (RFC 6238: SHA-1, 30 seconds, 6 digits). */
function codeOf(secret: string, at = Date.now()): string {
  const bits = [...secret].map((sign) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(sign).toString(2).padStart(5, '0'),
  )
  const bytes = bits.join('').match(/.{8}/g) ?? []
  const step = Buffer.alloc(8)
  step.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)))
  const key = Buffer.from(bytes.map((byte) => parseInt(byte, 2)))
  const digest = createHmac('sha1', key).update(step).digest()
  const start = (digest[19] ?? 0) & 15
  return String((digest.readUInt32BE(start) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

async function type(page: Page, name: string, password = DEMO_PASSWORD): Promise<void> {
  await page.getByLabel('用户名').fill(name)
  await page.getByLabel('密码', { exact: true }).fill(password)
  await page.getByRole('button', { name: '登录', exact: true }).click()
}

const as = async (page: Page, url: string, name: string): Promise<void> => {
  await page.goto(`${url}/sign-in`)
  await type(page, name)
  await expect(page.getByRole('button', { name: /^账户：/ })).toBeVisible()
}

test('one signs in, comes back to the page that was asked for, and signs out', async ({
  city,
  page,
}) => {
  await prefer(page, 'zh-CN')
  await page.goto(`${city.url}/packets?limit=7`)
  await expect(page).toHaveURL(/\/sign-in\?to=/)
  await type(page, 'duty-officer', 'wrong')
  await expect(page.getByRole('alert')).toContainText('用户名、密码或验证码不正确')
  await type(page, 'duty-officer')
  await expect(page).toHaveURL(`${city.url}/packets?limit=7`)
  await settle(page)
  await page.getByRole('button', { name: /^账户：/ }).click()
  await page.getByRole('button', { name: '退出登录' }).click()
  await expect(page.getByRole('heading', { name: '登录' })).toBeVisible()
  await page.goto(`${city.url}/packets`)
  await expect(page).toHaveURL(/\/sign-in/)
})

test('a link to the sign-in page leads nowhere else', async ({ city, page }) => {
  await prefer(page, 'zh-CN')
  await page.goto(`${city.url}/sign-in?to=//evil.example/`)
  await type(page, 'leader')
  await expect(page).toHaveURL(`${city.url}/`)
})

test('each role is shown its own pages and is told so elsewhere', async ({ city, page }) => {
  await prefer(page, 'zh-CN')
  const entries = page.getByRole('navigation').getByRole('link')
  await as(page, city.url, 'administrator')
  await expect(page).toHaveURL(`${city.url}/alarms`)
  await expect(entries.filter({ hasText: '用户账户' })).toBeVisible()
  await expect(entries.filter({ hasText: '审计日志' })).toHaveCount(0)
  await expect(entries.filter({ hasText: '原始报文' })).toHaveCount(0)
  await page.goto(`${city.url}/packets`)
  await expect(page.getByRole('heading', { level: 1 })).toContainText('没有访问权限')

  await page.context().clearCookies()
  await as(page, city.url, 'grid-officer')
  await page.goto(`${city.url}/sites`)
  await settle(page)
  await expect(page.getByRole('button', { name: '新建站点' })).toHaveCount(0)
  await expect(entries.filter({ hasText: '用户账户' })).toHaveCount(0)
  await expect(page.getByRole('button', { name: /^账户：/ })).toContainText(/县|区/)
})

test('a session that is ended elsewhere leaves the page, and the way back is kept', async ({
  city,
  page,
}) => {
  await prefer(page, 'zh-CN')
  await as(page, city.url, 'inspector')
  await page.goto(`${city.url}/alarms?state=open`)
  await settle(page)
  const administrator = { cookie: `qingshan_session=${await city.signIn('administrator')}` }
  const listed = await fetch(`${city.url}/api/v1/sessions?all=true`, { headers: administrator })
  interface Listed {
    sessions: { id: string; account_name: string }[]
  }
  const { sessions } = (await listed.json()) as Listed
  for (const one of sessions.filter(({ account_name }) => account_name === 'inspector'))
    await fetch(`${city.url}/api/v1/sessions/${one.id}`, {
      method: 'DELETE',
      headers: administrator,
    })
  // the stream is cut at once: nobody has to click
  await expect(page).toHaveURL(/\/sign-in\?to=%2Falarms|\/sign-in\?to=\/alarms/)
  await type(page, 'inspector')
  await expect(page).toHaveURL(`${city.url}/alarms?state=open`)
})

test('a second factor is set up, asked for and taken out again', async ({ city, page }) => {
  test.setTimeout(120_000)
  await prefer(page, 'zh-CN')
  await as(page, city.url, 'case-handler')
  await page.goto(`${city.url}/profile`)
  await page.getByRole('button', { name: '启用双因素认证' }).click()
  const secret = (await page.locator('code').first().innerText()).trim()
  await expect(page.locator('.n-qr-code canvas')).toBeVisible()
  await keepLook(page, 'profile-factor')
  await page.getByLabel('6 位验证码').fill(codeOf(secret))
  await page.getByRole('button', { name: '确认启用' }).click()
  const codes = page.getByRole('status').filter({ hasText: '恢复码' })
  await expect(codes.getByRole('listitem')).toHaveCount(10)
  const recovery = await codes.getByRole('listitem').first().innerText()

  await page.context().clearCookies()
  await page.goto(`${city.url}/sign-in`)
  await type(page, 'case-handler')
  await page.getByLabel('动态验证码').fill('000000')
  await page.getByRole('button', { name: '登录', exact: true }).click()
  await expect(page.getByRole('alert')).toContainText('不正确')
  await page.getByLabel('动态验证码').fill(recovery)
  await page.getByRole('button', { name: '登录', exact: true }).click()
  await expect(page.getByRole('button', { name: /^账户：/ })).toBeVisible()

  await page.goto(`${city.url}/profile`)
  await page.getByRole('button', { name: '停用双因素认证' }).click()
  // a code counts once: the next step's is taken ahead of its time
  await page.getByLabel('动态验证码').fill(codeOf(secret, Date.now() + 30_000))
  await page.getByRole('form').getByRole('button', { name: '停用双因素认证' }).click()
  await expect(page.getByText('未启用')).toBeVisible()
})

test('an account is made, signs in with its first password and chooses its own', async ({
  city,
  page,
}) => {
  await prefer(page, 'zh-CN')
  await as(page, city.url, 'administrator')
  await page.goto(`${city.url}/accounts`)
  await settle(page)
  await page.getByRole('button', { name: '新建账户' }).click()
  const form = page.getByRole('form', { name: '新建账户' })
  await form.getByLabel('用户名').fill('zhang.wei')
  await form.getByLabel('姓名').fill('张伟（试验）')
  await form.getByLabel('值班员').check()
  await form.getByLabel('系统管理员').check()
  await form.getByRole('button', { name: '保存' }).click()
  await expect(form.getByRole('alert').first()).toContainText('违反职责分离')
  await form.getByLabel('系统管理员').uncheck()
  await form.getByRole('button', { name: '保存' }).click()
  const first = await form.getByRole('status').locator('code').innerText()
  await keepLook(page, 'accounts-first-password')
  await form.getByRole('button', { name: '取消' }).click()
  await expect(page.getByRole('row').filter({ hasText: '张伟（试验）' })).toContainText('初始密码')

  await page.context().clearCookies()
  await page.goto(`${city.url}/sign-in`)
  await type(page, 'zhang.wei', first)
  await expect(page).toHaveURL(/\/first-password/)
  await page.getByLabel('当前密码').fill(first)
  await page.getByLabel(/^新密码/).fill('Green-Hills-2016')
  await page.getByLabel('再次输入新密码').fill('Green-Hills-2016')
  await page.getByRole('button', { name: '修改密码' }).click()
  await expect(page.getByRole('button', { name: /^账户：/ })).toContainText('张伟')
})

test('the trail tells who did what and can be searched', async ({ city, page }) => {
  await prefer(page, 'zh-CN')
  await as(page, city.url, 'auditor')
  await page.goto(`${city.url}/audit?part=accounts.&actor=auditor`)
  await settle(page)
  const entry = page.locator('summary').first()
  await expect(entry).toContainText('登录')
  await expect(entry).toContainText('auditor')
  await page.goto(`${city.url}/audit?part=accounts.&actor=demo`)
  await settle(page)
  await page.locator('summary').first().click()
  await expect(page.getByRole('row').filter({ hasText: '角色' }).first()).toBeVisible()
  await keepLook(page, 'audit-open')
})

test('the trail is verified and taken along, and tells that it was', async ({ city, page }) => {
  await prefer(page, 'zh-CN')
  await as(page, city.url, 'auditor')
  await page.goto(`${city.url}/audit?part=accounts.`)
  const chain = page.getByRole('region', { name: '审计链状态' })
  await chain.getByRole('button', { name: '立即全链核验' }).click()
  await expect(chain.getByRole('button', { name: '立即全链核验' })).toBeEnabled()
  await expect(chain).toContainText('审计链完整')
  await expect(chain).toContainText(/已核验至第 [\d,]+ 条/)
  const waiting = page.waitForEvent('download')
  await page.getByRole('link', { name: '导出 CSV' }).click()
  const download = await waiting
  expect(download.suggestedFilename()).toBe('qingshan-audit.csv')
  const text = readFileSync(await download.path(), 'utf8')
  expect(text).toContain('sequence,at,actor')
  expect(text).toContain('user:auditor')
  await page.reload()
  await expect(page.locator('summary').first()).toContainText('导出审计日志')
})

const PAGES = [
  ['administrator', '/accounts'],
  ['administrator', '/roles'],
  ['administrator', '/profile'],
  ['auditor', '/audit'],
  ['data-consumer', '/packets'],
] as const

for (const [language, theme, size] of [
  ['zh-CN', 'light', DESKTOP],
  ['en', 'dark', DESKTOP],
  ['en', 'light', PHONE],
  ['zh-CN', 'dark', PHONE],
] as const) {
  test(`the pages of accounts look right: ${language}, ${theme}, ${size.width}`, async ({
    city,
    page,
  }) => {
    test.setTimeout(120_000)
    await page.setViewportSize(size)
    await prefer(page, language, theme)
    const check = async (name: string): Promise<void> => {
      await expectNoSidewaysScroll(page)
      await expectTranslated(page)
      await keepLook(page, `accounts-${name}-${language}-${theme}-${size.width}`)
      await expectAccess(page)
    }
    await page.goto(`${city.url}/sign-in`)
    await expect(page.locator('section li').first()).toBeVisible()
    await check('sign-in')
    await page.goto(`${city.url}/first-run#0000`)
    await expect(page.getByRole('form')).toBeVisible()
    await check('first-run')
    for (const [name, path] of PAGES) {
      await page.context().addCookies([{ ...city.cookie(), value: await city.signIn(name) }])
      await page.goto(`${city.url}${path}`)
      await settle(page)
      await check(`${name}${path}`)
    }
  })
}
