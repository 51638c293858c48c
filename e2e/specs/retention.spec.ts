// How long records are kept: what a setting would remove is said before it is made.
import { expect, test } from '../controls/fixtures.ts'
import { prefer } from '../controls/look.ts'

test('a retention is set after a look at what it removes, and taken back', async ({
  empty,
  page,
}) => {
  await prefer(page, 'zh-CN')
  await page.goto(`${empty.url}/retention`)
  const row = page.getByRole('row').filter({ hasText: '分钟数据' })
  await expect(row).toContainText('永久')
  await row.getByRole('button', { name: '设置' }).click()
  const form = page.getByRole('form')
  await form.getByLabel('永久保存').uncheck()
  await form.getByRole('button', { name: '5 年', exact: true }).click()
  await expect(form.getByRole('status')).toHaveText('按此设置，目前没有到期的记录。')
  await form.getByLabel('保存天数').fill('3653')
  await form.getByRole('button', { name: '保存', exact: true }).click()
  await expect(row).toContainText('10 年')
  await page.reload()
  await expect(row).toContainText('10 年')
  await row.getByRole('button', { name: '设置' }).click()
  await form.getByLabel('永久保存').check()
  await form.getByRole('button', { name: '保存', exact: true }).click()
  await expect(row).toContainText('永久')
})
