/** Browsers by name. */
import { expect, test } from 'vitest'
import { browserName } from './browser-name'

test('tells browser and system', () => {
  const chrome =
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36'
  expect(browserName(chrome)).toBe('Chrome · Windows')
  expect(browserName(`${chrome} Edg/126.0`)).toBe('Edge · Windows')
  expect(
    browserName('Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Safari/604.1'),
  ).toBe('Safari · iOS')
  expect(browserName('curl/8.5.0')).toBe('curl')
  expect(browserName('')).toBeNull()
})
