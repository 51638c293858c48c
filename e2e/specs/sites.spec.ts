// The register, kept by hand and by file: from an empty site to the first value of its device.
import type { Page } from '@playwright/test'
import { dialog, pick } from '../controls/dialog.ts'
import { expect, test } from '../controls/fixtures.ts'
import { prefer } from '../controls/look.ts'
import type { Server } from '../controls/server.ts'

interface Site {
  id: number
  code: string
  name_zh: string
  name_en: string
  address: string
  revision: number
}

/** A site without points, made by the API. */
async function makeSite(city: Server, code: string): Promise<Site> {
  const { site } = await city.send<{ site: Site }>('POST', '/sites', {
    code,
    name_zh: `模拟站点 ${code}`,
    kind: 'enterprise',
    region_code: '430407',
    is_simulated: true,
  })
  return site
}

const loadSite = async (city: Server, id: number): Promise<Site> =>
  (await city.get<{ site: Site }>(`/sites/${id}`)).site

async function choose(page: Page, name: string, text: string): Promise<void> {
  await page
    .locator('input[type="file"]')
    .setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(text) })
}

test('a site, its point, factor, limit and device are made by hand, and its packet is shown', async ({
  city,
  connect,
  page,
}) => {
  test.setTimeout(90_000)
  await prefer(page, 'zh-CN')
  await page.goto(`${city.url}/sites`)
  await page.getByRole('button', { name: '新建站点' }).click()
  let form = dialog(page, '新建站点')
  await form.getByLabel(/^名称/).fill('模拟手工登记厂')
  await form.getByLabel(/^编码/).fill('SIM-HAND')
  await pick(form, '行政区划', '石鼓区')
  await form.getByLabel(/^经度/).fill('112.60')
  await form.getByLabel(/^纬度/).fill('26.93')
  await form.getByRole('button', { name: '保存' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toContainText('模拟手工登记厂')
  await expect(page.locator('main')).toContainText('湖南省 · 衡阳市 · 石鼓区')

  await page.getByRole('button', { name: '新建点位' }).click()
  form = dialog(page, '新建点位')
  await form.getByLabel(/^名称/).fill('1号废气排口')
  await form.getByLabel(/^点位编码/).fill('DA001')
  await form.getByRole('button', { name: '保存' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toContainText('1号废气排口')

  await page.getByRole('button', { name: '新增因子' }).click()
  form = dialog(page, '新增因子')
  await pick(form, '监测因子', 'a21002')
  await expect(form.getByLabel(/^计量单位/)).toHaveValue('mg/m3')
  await form.getByRole('button', { name: '保存' }).click()
  await expect(page.getByRole('row').filter({ hasText: 'a21002' })).toContainText('mg/m³')

  await page.getByRole('button', { name: '新增限值' }).click()
  form = dialog(page, '新增限值')
  await form.getByLabel(/^数据类型/).selectOption('realtime')
  await form.getByRole('button', { name: '保存' }).click()
  // the error stands at the field
  await expect(form.getByLabel(/^上限/)).toBeVisible()
  await expect(form.getByRole('alert').first()).toContainText('上限、下限至少填一个')
  await form.getByLabel(/^上限/).fill('50.0')
  await form.getByLabel(/^依据/).fill('模拟许可限值')
  await form.getByRole('button', { name: '保存' }).click()
  const limit = page.getByRole('row').filter({ hasText: '模拟许可限值' })
  await expect(limit).toContainText('50.0 mg/m³')
  await expect(limit).toContainText('实时 · 实时值')

  await page.getByRole('link', { name: '登记设备' }).click()
  form = dialog(page, '登记设备')
  const identity = { mn: 'SIMHAND00000000000000001', password: 'hand01' }
  await form.getByLabel(/^MN/).fill(identity.mn)
  await form.getByLabel(/^访问密码/).fill(identity.password)
  await expect(form.getByRole('combobox', { name: '点位' })).toHaveValue(
    '模拟手工登记厂 · 1号废气排口',
  )
  await form.getByRole('button', { name: '保存' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toContainText(identity.mn)
  await expect(page.getByRole('heading', { level: 1 })).toContainText('离线')
  await expect(page.locator('body')).not.toContainText(identity.password)

  const device = await connect(city, identity)
  await device.sendRealtime({ a21002: '41.70' }, Date.now())
  await expect(page.getByRole('heading', { level: 1 })).toContainText('在线')
  await page.getByRole('link', { name: '模拟手工登记厂 · 1号废气排口' }).click()
  await page.getByRole('link', { name: '实时数据' }).click()
  await expect(page.getByText('41.70').first()).toBeVisible()
})

test('a key that is taken is named at its field', async ({ city, page }) => {
  await prefer(page, 'zh-CN')
  const { code } = await makeSite(city, 'SIM-TAKEN')
  await page.goto(`${city.url}/sites`)
  await page.getByRole('button', { name: '新建站点' }).click()
  const form = dialog(page, '新建站点')
  await form.getByLabel(/^名称/).fill('模拟重号厂')
  await form.getByLabel(/^编码/).fill(code)
  await pick(form, '行政区划', '石鼓区')
  await form.getByRole('button', { name: '保存' }).click()
  await expect(form.locator('label').filter({ hasText: /^编码/ })).toContainText('已被使用')
  // what was typed is still there
  await expect(form.getByLabel(/^名称/)).toHaveValue('模拟重号厂')
})
// a refused change is an answer of the server that the browser writes down
test.use({ allowedErrors: [/Failed to load resource.*4(09|22)/] })

test('two people at one site: each sees what the other changed, and nothing is lost', async ({
  city,
  page,
}) => {
  await prefer(page, 'zh-CN')
  const site = await makeSite(city, 'SIM-BOTH')
  await page.goto(`${city.url}/sites/${site.id}`)
  await page.getByRole('button', { name: '编辑' }).click()
  const form = dialog(page, '编辑站点')
  await form.getByLabel(/^地址/).fill('我填的地址')

  const { id, ...kept } = await loadSite(city, site.id)
  await city.send('PUT', `/sites/${id}`, { ...kept, name_en: 'Theirs', address: '别人填的地址' })
  await form.getByRole('button', { name: '保存' }).click()
  const conflict = form.getByRole('alert')
  await expect(conflict).toContainText('已被他人修改')
  await expect(conflict).toContainText('tester')
  await expect(conflict.getByRole('row').filter({ hasText: '英文名称' })).toContainText('Theirs')
  const both = conflict.getByRole('row').filter({ hasText: '地址' })
  await expect(both).toContainText('别人填的地址')
  await expect(both).toContainText('我填的地址')
  await expect(form.getByRole('button', { name: '保存', exact: true })).toBeDisabled()

  await form.getByRole('button', { name: '保留我的修改' }).click()
  await form.getByRole('button', { name: '保存' }).click()
  await expect(form).toHaveCount(0)
  const after = await loadSite(city, site.id)
  expect(after).toMatchObject({ name_en: 'Theirs', address: '我填的地址', revision: 3 })

  await page.getByText('变更记录', { exact: true }).click()
  await expect(page.locator('main')).toContainText('别人填的地址 → 我填的地址')
})

test('a site with a point stays, one without goes', async ({ city, page }) => {
  await prefer(page, 'zh-CN')
  await page.goto(`${city.url}/sites/1`)
  await page.getByRole('button', { name: '删除' }).click()
  const form = page.getByRole('form', { name: /^删除/ })
  await form.getByRole('button', { name: '删除' }).click()
  await expect(form.getByRole('alert')).toContainText('仍被引用，不能删除')
  expect((await loadSite(city, 1)).id).toBe(1)

  const site = await makeSite(city, 'SIM-GONE')
  await page.goto(`${city.url}/sites/${site.id}`)
  await page.getByRole('button', { name: '删除' }).click()
  await page.getByRole('form', { name: /^删除/ }).getByRole('button', { name: '删除' }).click()
  await expect(page).toHaveURL(/\/sites$/)
})

test('a file is tried first, named row by row where it is wrong, and taken over whole', async ({
  city,
  page,
}) => {
  await prefer(page, 'zh-CN')
  const head = 'code,name_zh,kind,region_code\n'
  const good = 'SIM-FILE1,模拟导入站,空气自动站,430407\n'
  const found = async (): Promise<number> =>
    (await city.get<{ sites: Site[] }>('/sites?q=SIM-FILE')).sites.length
  await page.goto(`${city.url}/site-files`)
  await choose(page, 'sites.csv', `${head}${good}SIM-FILE2,,空气站,430407\n`)
  await expect(page.getByRole('status').filter({ hasText: '发现 2 个问题' })).toBeVisible()
  const wrong = page.getByRole('row').filter({ hasText: '站点类型' })
  await expect(wrong.getByRole('cell', { name: '3', exact: true })).toBeVisible()
  await expect(wrong).toContainText('应为以下之一')
  await expect(wrong).toContainText('请改为允许的值')
  await expect(page.getByRole('button', { name: '确认导入' })).toHaveCount(0)
  expect(await found()).toBe(0)

  await choose(page, 'sites.csv', `${head}${good}`)
  await expect(page.getByText('检查通过，可以导入')).toBeVisible()
  expect(await found()).toBe(0)
  await page.getByRole('button', { name: '确认导入（新建 1 条' }).click()
  await expect(page.getByText('全部改动已在一个事务中完成')).toBeVisible()
  expect(await found()).toBe(1)

  // the same again changes nothing, so there is nothing to confirm
  await choose(page, 'sites.csv', `${head}${good}`)
  await expect(page.getByText('检查通过，可以导入')).toBeVisible()
  await expect(page.getByRole('button', { name: '确认导入' })).toHaveCount(0)
})

test('sites are found by region and kind, and what is found is exported', async ({
  city,
  page,
}) => {
  await prefer(page, 'zh-CN')
  await page.goto(`${city.url}/sites`)
  await page.getByRole('button', { name: '石鼓区' }).click()
  await page.getByLabel('类型').selectOption('air_station')
  await expect(page).toHaveURL(/region=430407&kind=air_station/)
  const rows = page.getByRole('table').getByRole('row').filter({ hasText: '空气自动站' })
  const { sites } = await city.get<{ sites: Site[] }>('/sites?region=430407&kind=air_station')
  await expect(rows).toHaveCount(sites.length)
  // the address brings a colleague to the same list
  await page.reload()
  await expect(rows).toHaveCount(sites.length)
  await page.locator('summary').filter({ hasText: '导出' }).click()
  const waiting = page.waitForEvent('download')
  await page.getByRole('link', { name: 'XLSX' }).click()
  expect((await waiting).suggestedFilename()).toMatch(/^qingshan-sites-.*\.xlsx$/)
})
