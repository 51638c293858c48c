import { expect, test } from 'vitest'
import { languageOf } from './preferences'

test('the first visit speaks the first language of the browser that there is', () => {
  expect(languageOf(['en-GB', 'zh-CN'])).toBe('en')
  expect(languageOf(['zh-TW', 'en'])).toBe('zh-CN')
  expect(languageOf(['de-DE', 'en-US'])).toBe('en')
  expect(languageOf(['fr'])).toBe('zh-CN')
  expect(languageOf([])).toBe('zh-CN')
})
