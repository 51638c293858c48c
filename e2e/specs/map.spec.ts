// The bureau's own map files, tiles from elsewhere, the list of points, the live connection.
import { expect, test } from '../controls/fixtures.ts'
import { prefer, settle } from '../controls/look.ts'
import { writePmtiles } from '../controls/pmtiles.ts'
import { shareOfTiles, startTileServer } from '../controls/tiles.ts'

/** How long a map may take that the processor draws. */
const DRAWN_MS = 30_000

const county = (corner: string): Buffer =>
  Buffer.from(
    `{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"XZQMC":"衡南县"},
     "geometry":{"type":"Polygon","coordinates":[[${corner},[112.9,26.4],[112.9,27.2],${corner}]]}}]}`,
  )

test.describe('map files', () => {
  // a file that is refused is an answer 422
  test.use({ allowedErrors: [/422/] })

  test('an official boundary takes the place of the schematic one, and gives it back', async ({
    empty,
    page,
  }) => {
    await prefer(page, 'zh-CN')
    await page.goto(`${empty.url}/map/layers`)
    const file = page.getByLabel('选择县区界线文件')
    const upload = (name: string, buffer: Buffer): Promise<void> =>
      file.setInputFiles({ name, mimeType: 'application/geo+json', buffer })
    await upload('metres.geojson', county('[38461234.5,2981234.5]'))
    await expect(page.getByRole('alert')).toContainText('转换为 CGCS2000 或 WGS-84 经纬度')

    await upload('counties.geojson', county('[112.0,26.4]'))
    await expect(page.getByRole('img', { name: '预览' })).toBeVisible()
    await page.getByLabel('来源').fill('某市自然资源和规划局 2025')
    await page.getByRole('button', { name: '启用' }).click()
    await expect(page.getByText('本局导入')).toBeVisible()
    await page.goto(`${empty.url}/map`)
    await expect(page.getByText('某市自然资源和规划局 2025')).toBeVisible()
    await expect(page.getByText('示意图')).toHaveCount(0)

    await page.goto(`${empty.url}/map/layers`)
    await page.getByRole('button', { name: '删除' }).click()
    await page.getByRole('form', { name: /^删除/ }).getByRole('button', { name: '删除' }).click()
    await expect(page.getByText('本局导入')).toHaveCount(0)
    await page.goto(`${empty.url}/map`)
    await expect(page.getByText('示意图，不作为行政区划界线依据')).toBeVisible()
  })
})

test('tiles are read in ranges from one PMTiles file on the server', async ({ servers, page }) => {
  const path = test.info().outputPath('city.pmtiles')
  writePmtiles(path)
  const server = await servers.startEmpty({ QINGSHAN__MAP__PMTILES_FILE: path })
  const statuses: number[] = []
  page.on('response', (response) => {
    if (response.url().endsWith('tiles.pmtiles')) statuses.push(response.status())
  })
  await prefer(page, 'zh-CN')
  await page.goto(`${server.url}/map`)
  // the head with its directory, and then the tile
  await expect.poll(() => statuses.length).toBeGreaterThan(1)
  expect(new Set(statuses)).toEqual(new Set([206]))
})

test.describe('an XYZ source of tiles on the intranet', () => {
  // the second half of the test takes the source away
  test.use({ allowedErrors: [/ERR_CONNECTION_REFUSED|Failed to fetch|AJAXError/] })

  test('is drawn with its name, and the map stays when it is away', async ({ servers, page }) => {
    test.setTimeout(90_000)
    const tiles = await startTileServer()
    const server = await servers.startQuiet({
      QINGSHAN__MAP__TILE_URL: tiles.url,
      QINGSHAN__MAP__TILE_ATTRIBUTION: '某市地理信息中心',
    })
    await prefer(page, 'zh-CN')
    const map = page.locator('.maplibregl-map')
    const share = async (): Promise<number> => shareOfTiles(page, await map.screenshot())
    await page.goto(`${server.url}/map`)
    await expect(page.getByText('某市地理信息中心')).toBeVisible()
    await expect.poll(() => tiles.asked.length).toBeGreaterThan(0)
    expect(tiles.asked[0]).toMatch(/^\/\d+\/\d+\/\d+\.png$/)
    await expect.poll(share, { timeout: DRAWN_MS }).toBeGreaterThan(0.3)

    await tiles.stop()
    await page.reload()
    await expect(page.locator('.county-name').first()).toBeVisible()
    await expect.poll(share, { timeout: DRAWN_MS }).toBeLessThan(0.05)
    // the points are there and can be chosen
    const outlet = server.takeOutlet()
    await page.goto(`${server.url}/map?point=${await server.pointId(outlet)}`)
    await expect(page.getByRole('heading', { name: outlet.nameZh })).toBeVisible()
  })
})

test('the points are a list too, with the same filters in the address', async ({ city, page }) => {
  await city.awaitCity()
  await prefer(page, 'zh-CN')
  await page.goto(`${city.url}/map?view=list`)
  await settle(page)
  const rows = page.getByRole('table').getByRole('row')
  await expect.poll(() => rows.count()).toBeGreaterThan(100)
  await page.getByLabel('监测类别').selectOption('surface_water')
  await expect(page).toHaveURL(/medium=surface_water/)
  await expect(rows).toHaveCount(6)
  await rows.nth(1).getByRole('link').click()
  await expect(page).toHaveURL(/\/points\/\d+$/)
})
