/** How soon a value is on the screen. */
import { type Locator, expect } from '@playwright/test'

/** From the acknowledgement of a packet to the screen. */
const SOON_MS = 2_000

/**
 * A value is shown within two seconds of its packet. A machine that had something else to do just
 * then gets the next packet, as often as there are values; a page that asks now and then, or must
 * be loaded again, is late for each of them.
 */
export async function expectLive(
  values: readonly string[],
  send: (value: string) => Promise<unknown>,
  shown: (value: string) => Locator,
): Promise<string> {
  for (const value of values) {
    await send(value)
    const isShown = await shown(value)
      .waitFor({ state: 'visible', timeout: SOON_MS })
      .then(
        () => true,
        () => false,
      )
    if (isShown) return value
  }
  expect(values, `shown within ${SOON_MS} ms of its packet`).toEqual([])
  throw new Error('no value was to be shown')
}
