/** What stands in the way of somebody who does not see or use a mouse, by axe-core. */
import { AxeBuilder } from '@axe-core/playwright'
import { type Page, expect } from '@playwright/test'

/** WCAG 2.1, levels A and AA. */
const EVERYTHING = { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] } as const
/** In another appearance a page is the same but for its colours. */
const COLOURS = { type: 'rule', values: ['color-contrast'] } as const

/** Nothing on the page, as it stands, breaks a rule; the first one that does is named whole. */
export async function expectAccess(
  page: Page,
  asked: 'everything' | 'colours' = 'everything',
): Promise<void> {
  const { type, values } = asked === 'everything' ? EVERYTHING : COLOURS
  const { violations } = await new AxeBuilder({ page })
    // the map's own canvas and buttons belong to its library
    .exclude('.maplibregl-map')
    // what passes is not described element by element: it takes half of the time
    .options({ runOnly: { type, values: [...values] }, resultTypes: ['violations'] })
    // no page of ours has frames of another origin: no second page is opened to join results
    .setLegacyMode()
    .analyze()
  expect(
    violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`),
  ).toEqual([])
}
