/** The dialogs of the application and the fields in them. */
import type { Locator, Page } from '@playwright/test'

/** A dialog by its title. */
export const dialog = (page: Page, title: string): Locator =>
  page.getByRole('form', { name: title, exact: true })

/** Finds one of many by typing and takes the first that is found. */
export async function pick(form: Locator, label: string, text: string): Promise<void> {
  const field = form.getByRole('combobox', { name: label }).first()
  await field.fill(text)
  await form.getByRole('option', { name: text }).first().click()
}
